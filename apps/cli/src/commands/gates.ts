import type { Command } from 'commander'
import { usage } from '../cli-error.ts'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'

type Options = { readonly plan: string; readonly reason?: string }

/** What people say about syncs that wait, or should: pause, resume, approve, refuse, cancel. */
export function registerGateCommands(program: Command, io: Io): void {
  const command = (name: string, description: string) =>
    withServer(program.command(name).argument('<workflow>'))
      .description(description)
      .option('--reason <text>', 'kept in the log')

  command('pause', 'keep a workflow from syncing by itself; what is asked for is done all the same').action(
    action<[string], Options>(io, async ({ connection }, options, workflowId) => {
      const { changed } = await connection.gitops.pauseWorkflow({ workflowId, ...reasonOf(options) })
      io.err(`workflow ${workflowId} ${changed ? 'paused' : 'was paused before'}\n`)
    }),
  )

  command('resume', 'let a paused workflow sync by itself again').action(
    action<[string], Options>(io, async ({ connection }, options, workflowId) => {
      const { changed } = await connection.gitops.resumeWorkflow({ workflowId, ...reasonOf(options) })
      io.err(`workflow ${workflowId} ${changed ? 'resumed' : 'was not paused'}\n`)
    }),
  )

  command('approve', 'approve the plan that a sync waits with')
    .requiredOption('--plan <digest>', 'the plan, as `diff` and `status` name it')
    .action(
      action<[string], Options>(io, async ({ connection }, options, workflowId) => {
        await connection.gitops.approveSync({ workflowId, plan: options.plan, ...reasonOf(options) })
        io.err(`plan approved: ${workflowId} is synced if it still comes to the same\n`)
      }),
    )

  command('refuse', 'end the sync that waits for approval').action(
    action<[string], Options>(io, async ({ connection }, options, workflowId) => {
      await connection.gitops.refuseSync({ workflowId, ...reasonOf(options) })
      io.err(`the waiting sync of ${workflowId} is refused\n`)
    }),
  )

  withServer(program.command('unpark').argument('[workflow]'))
    .description('try work again that was set aside because it failed too often')
    .option('--repo <id>', 'the reading of a repository, in place of a workflow')
    .option('--cluster <id>', 'the watching of a cluster, in place of a workflow')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string | undefined], UnparkOptions>(io, async ({ connection }, options, workflowId) => {
        const { of, name } = parkedOf(options, workflowId)
        const { changed, roles } = await connection.gitops.unpark({ of, ...reasonOf(options) })
        io.err(changed ? `${name} is tried again: ${roles.join(', ')}\n` : `nothing of ${name} was set aside\n`)
      }),
    )

  command('cancel', 'end the sync that waits, or stop the one that writes before its next object').action(
    action<[string], Options>(io, async ({ connection }, options, workflowId) => {
      const { changed } = await connection.gitops.cancelSync({ workflowId, ...reasonOf(options) })
      io.err(changed ? `the sync of ${workflowId} is cancelled\n` : `no sync of ${workflowId} is open\n`)
    }),
  )
}

type UnparkOptions = { readonly repo?: string; readonly cluster?: string; readonly reason?: string }

function parkedOf({ repo, cluster }: UnparkOptions, workflowId: string | undefined) {
  const named = [
    ...(workflowId === undefined ? [] : [{ name: workflowId, of: { case: 'workflowId', value: workflowId } as const }]),
    ...(repo === undefined ? [] : [{ name: `repository ${repo}`, of: { case: 'repository', value: repo } as const }]),
    ...(cluster === undefined
      ? []
      : [{ name: `cluster ${cluster}`, of: { case: 'cluster', value: cluster } as const }]),
  ]
  const [only, ...others] = named
  if (only === undefined || others.length > 0) throw usage('unpark', 'name a workflow, or --repo, or --cluster')
  return only
}

function reasonOf({ reason }: Pick<Options, 'reason'>): { readonly reason?: string } {
  return reason === undefined ? {} : { reason }
}
