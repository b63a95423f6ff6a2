import { PlanSchema } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { planText } from '../output/plan.ts'
import { jsonOf, printData } from '../output/print.ts'

/** Exit codes as `kubectl diff` has them: 0 no difference, 1 differences, more when it could not be told. */
export const failedDiffExitCode = 2

export function registerDiffCommand(program: Command, io: Io): void {
  withServer(program.command('diff').argument('<workflow>'))
    .description('what a sync would do now; exit code 0: nothing, 1: changes, above: error')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], { readonly reason?: string }>(io, async ({ connection, format }, { reason }, workflowId) => {
        io.err(`Reading the remote and planning ${workflowId} …\n`)
        const omitStates = format === 'human'
        const { plan } = await connection.gitops.generateDiff({
          workflowId,
          omitStates,
          ...(reason !== undefined && { reason }),
        })
        if (format !== 'human') printData(io, format, plan === undefined ? null : jsonOf(PlanSchema, plan))
        else io.out(planText(plan, io))
        return plan === undefined ? 0 : 1
      }),
    )
}
