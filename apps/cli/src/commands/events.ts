import { EventSchema, type ReadEventsRequest } from '@plimsoll/proto'
import { Option, type Command } from 'commander'
import { usage } from '../cli-error.ts'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { eventLine } from '../output/event-line.ts'
import { jsonOf, printItem } from '../output/print.ts'

type EventOptions = {
  readonly from?: string
  readonly workflow?: string
  readonly repo?: string
  readonly stream?: string
  readonly limit?: string
  readonly follow?: boolean
}

export function registerEventsCommand(program: Command, io: Io): void {
  const others = ['workflow', 'repo', 'stream']
  const only = (flags: string, name: string, text: string) =>
    new Option(flags, text).conflicts(others.filter((other) => other !== name))
  withServer(program.command('events'))
    .description('the log: what happened, in order; with -o json one object per line')
    .option('--from <position>', 'the first position to show')
    .addOption(only('--workflow <id>', 'workflow', 'only of this workflow'))
    .addOption(only('--repo <id>', 'repo', 'only of this repository'))
    .addOption(only('--stream <name>', 'stream', 'only of this stream, such as `system`'))
    .option('--limit <count>', 'end after so many')
    .option('-f, --follow', 'go on with what comes')
    .action(
      action<[], EventOptions>(io, async ({ connection, format }, options) => {
        const limit = whole('--limit', options.limit)
        const fixed = { follow: options.follow ?? false, filter: filterOf(options) }
        let fromPosition = BigInt(whole('--from', options.from))
        let shown = 0
        const events = connection.follow((call) =>
          connection.events.readEvents({ ...fixed, fromPosition, limit: limit === 0 ? 0 : limit - shown }, call),
        )
        for await (const { item } of events) {
          if (item.case !== undefined) fromPosition = item.value.position + 1n
          if (item.case !== 'event') continue
          shown += 1
          if (format === 'human') io.out(eventLine(item.value))
          else printItem(io, format, jsonOf(EventSchema, item.value))
        }
        if (shown === 0 && format === 'human') io.err('No such event is in the log\n')
      }),
    )
}

function whole(option: string, text = '0'): number {
  if (!/^\d{1,15}$/.test(text)) throw usage(option, `${JSON.stringify(text)} is no whole number`)
  return Number(text)
}

function filterOf({ workflow, repo, stream }: EventOptions): ReadEventsRequest['filter'] {
  if (workflow !== undefined) return { case: 'workflowId', value: workflow }
  if (repo !== undefined) return { case: 'repositoryId', value: repo }
  return stream === undefined ? { case: undefined } : { case: 'stream', value: stream }
}
