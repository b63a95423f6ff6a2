import { SyncWorkflowResponseSchema } from '@plimsoll/proto'
import { shortDigest } from '@plimsoll/domain'
import type { Command } from 'commander'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { watchHooks } from '../output/watch-hooks.ts'
import { jsonOf, printData } from '../output/print.ts'
import { syncText } from '../output/status.ts'
import { printTroubles } from '../output/troubles.ts'

type SyncOptions = {
  readonly wait: boolean
  readonly plan?: string
  readonly pruneKept?: boolean
  readonly reason?: string
}

export function registerSyncCommand(program: Command, io: Io): void {
  withServer(program.command('sync').argument('<workflow>'))
    .description('bring the cluster to what the newest commit declares')
    .option('--plan <digest>', 'do exactly what that plan shows, or refuse it and show what changed since')
    .option(
      '--prune-kept',
      'delete Namespaces, CRDs and volumes that Git no longer has, too; somebody has to approve the plan',
    )
    .option('--no-wait', 'only ask for it')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], SyncOptions>(
        io,
        async ({ connection, format }, { wait, plan, pruneKept, reason }, workflowId) => {
          io.err(`Syncing ${workflowId} …\n`)
          await using _hooks = wait ? await watchHooks(connection, workflowId, io.err) : undefined
          const answer = await connection.gitops.syncWorkflow({
            workflowId,
            wait,
            ...(plan !== undefined && { plan }),
            ...(pruneKept && { pruneKept }),
            ...(reason !== undefined && { reason }),
          })
          const { result } = answer
          if (format !== 'human') printData(io, format, jsonOf(SyncWorkflowResponseSchema, answer))
          else if (result !== undefined) io.out(syncText({ ...result, faults: [] }))
          if (answer.succeeded) return 0
          if (answer.approvalRequired !== undefined) {
            io.err(
              `Somebody has to look at it and approve it:\n  plimsoll diff ${workflowId} --plan ${shortDigest(answer.approvalRequired)}\n  plimsoll approve ${workflowId} --plan ${shortDigest(answer.approvalRequired)}\n`,
            )
            return 1
          }
          if (result?.status === 'running') return 0
          if (format === 'human') printTroubles(io, result?.faults ?? [])
          return 1
        },
      ),
    )
}
