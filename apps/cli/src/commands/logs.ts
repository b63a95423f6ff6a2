import { WatchHookOutputResponseSchema, type WatchHookOutputResponse } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { hookLines } from '../output/hook-lines.ts'
import { jsonOf, printItem } from '../output/print.ts'

type LogsOptions = { readonly sync?: string; readonly follow?: boolean }

export function registerLogsCommand(program: Command, io: Io): void {
  withServer(program.command('logs').argument('<workflow>'))
    .description('what the hooks of a sync have written')
    .option('--sync <id>', 'of this sync or rollback; without it, of the newest that ran hooks')
    .option('-f, --follow', 'go on with what comes')
    .action(
      action<[string], LogsOptions>(io, async ({ connection, format }, { sync, follow = false }, workflowId) => {
        const answers = connection.gitops.watchHookOutput({
          workflowId,
          follow,
          ...(sync !== undefined && { syncId: sync }),
        })
        const show = showing(io.out)
        let shown = 0
        for await (const answer of answers) {
          if (answer.item.case === 'bookmark') continue
          shown += 1
          if (format === 'human') show(answer)
          else printItem(io, format, jsonOf(WatchHookOutputResponseSchema, answer))
        }
        if (shown === 0 && format === 'human') io.err(`No hook of ${sync ?? workflowId} is recorded\n`)
      }),
    )
}

/** Prints answers as lines. */
export function showing(print: (line: string) => void): (answer: WatchHookOutputResponse) => void {
  const lines = hookLines(print)
  return ({ item }) => {
    if (item.case === 'running') lines.running(item.value)
    else if (item.case === 'text') lines.text(item.value)
    else if (item.case === 'end') lines.end(item.value)
  }
}
