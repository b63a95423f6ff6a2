import { planV1, RollbackWorkflowResponseSchema, type RollbackWorkflowResponse } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { planText } from '../output/plan/plan-text.ts'
import { jsonOf, printData } from '../output/print.ts'
import { rollbackText } from '../output/status.ts'
import { printTroubles } from '../output/troubles.ts'

type Options = {
  readonly reason?: string
  readonly to?: string
  readonly plan?: boolean
  readonly force?: boolean
  readonly wait: boolean
}

export function registerRollbackCommands(program: Command, io: Io): void {
  withServer(program.command('rollback').argument('<workflow>'))
    .description('put the cluster back to what it was before the newest sync, from the log alone')
    .option('--reason <text>', 'kept in the log, and shown in the status')
    .option('--to <point>', 'further back: to a revision that was applied, or to @2h ago, @INSTANT, @POSITION')
    .option('--plan', 'only show what would be done; exit code 0: nothing, 1: changes, above: error')
    .option('--force', 'put back what someone else has changed meanwhile, too')
    .option('--no-wait', 'only ask for it')
    .action(
      action<[string], Options>(io, (context, options, workflowId) =>
        options.plan ? show(context, options, workflowId) : rollBack(context, options, workflowId),
      ),
    )

  withServer(program.command('reinstate').argument('<workflow>'))
    .description('let what a rollback has rejected come back')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], Pick<Options, 'reason'>>(io, async ({ connection }, { reason }, workflowId) => {
        const { changed } = await connection.gitops.reinstateRevision({ workflowId, ...(reason && { reason }) })
        io.err(
          changed ? `what was rejected of ${workflowId} may come back\n` : `nothing of ${workflowId} is rejected\n`,
        )
      }),
    )
}

function requestOf({ reason, to, force = false }: Options, workflowId: string) {
  return { workflowId, force, ...(reason !== undefined && { reason }), ...(to !== undefined && { to }) }
}

async function show({ io, connection, format }: Context, options: Options, workflowId: string): Promise<number> {
  io.err(`Planning the rollback of ${workflowId} …\n`)
  const isRead = format === 'human'
  const answer = await connection.gitops.rollbackWorkflow({
    ...requestOf(options, workflowId),
    planOnly: true,
    omitStates: isRead,
    omitUnifiedDiff: isRead,
  })
  const plan = answer.plan === undefined ? null : planV1(answer.plan)
  if (format !== 'human') printData(io, format, plan)
  else if (answer.alreadyRolledBack) io.out(`${doneText(answer, options, workflowId)}.\n`)
  // It is no sync: none can be told to do it.
  else io.out(planText(plan && { ...plan, digest: '' }, io))
  return plan === null || plan.summary.total_changes === 0 ? 0 : 1
}

/** Why nothing is to be done: no rollback is named where none was made. */
function doneText({ rollbackId }: RollbackWorkflowResponse, { to }: Options, workflowId: string): string {
  return to !== undefined && rollbackId === ''
    ? `${workflowId} is there already: nothing was applied after ${cleanLine(to)}`
    : `${workflowId} is rolled back already`
}

async function rollBack({ io, connection, format }: Context, options: Options, workflowId: string): Promise<number> {
  io.err(`Rolling ${workflowId} back …\n`)
  const answer = await connection.gitops.rollbackWorkflow({ ...requestOf(options, workflowId), wait: options.wait })
  const { result } = answer
  if (format !== 'human') printData(io, format, jsonOf(RollbackWorkflowResponseSchema, answer))
  else if (answer.alreadyRolledBack)
    io.out(`${doneText(answer, options, workflowId)}; to go back further, name a point with --to.\n`)
  else if (result !== undefined) io.out(rollbackText(result))
  if (answer.succeeded || result?.status === 'running') return 0
  if (format === 'human') printTroubles(io, result?.faults ?? [])
  return 1
}
