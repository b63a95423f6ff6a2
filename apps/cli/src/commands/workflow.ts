import type { MessageInitShape } from '@bufbuild/protobuf'
import { WorkflowStatusSchema, type WorkflowConfigSchema, type WorkflowStatus } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { jsonOf, printData } from '../output/print.ts'
import type { Pairs } from '../output/table.ts'
import { statusText, workflowTable } from '../output/status.ts'

type WorkflowOptions = {
  readonly id?: string
  readonly name?: string
  readonly repo?: string
  readonly path?: string
  readonly cluster?: string
  readonly namespace?: string
  readonly createNamespace?: boolean
  readonly autoSync?: boolean
  readonly autoPrune?: boolean
  readonly diffPreview?: boolean
  readonly healthCheck?: boolean
  readonly healthTimeout?: string
  readonly healthFailureMode?: string
  readonly conflictResolution?: string
  readonly allowNamespace?: readonly string[]
  readonly allowKind?: readonly string[]
  readonly clusterScoped?: boolean
  readonly cascade?: boolean
  readonly reason?: string
}

export function registerWorkflowCommands(program: Command, io: Io): void {
  const workflow = program.command('workflow').description('what is brought from where to which cluster')

  withWorkflowOptions(withServer(workflow.command('create')))
    .description('create a workflow, or make the one of the same id so')
    .requiredOption('--repo <id>', 'id of a registered repository')
    .option('--id <id>', 'default: derived from repository, path and destination')
    .action(
      action<[], WorkflowOptions>(io, async (context, options) => {
        const request = { workflow: configOf(options), ...reasonOf(options) }
        const answer = await context.connection.gitops.createWorkflow(request)
        io.err(`workflow ${answer.workflowId} ${answer.changed ? 'saved' : 'unchanged'}\n`)
        await show(context, answer.workflowId, answer.token)
      }),
    )

  withServer(workflow.command('list'))
    .description('list the workflows and their status')
    .option('--repo <id>', 'only those of this repository')
    .action(action<[], WorkflowOptions>(io, (context, { repo }) => list(context, repo)))

  withServer(workflow.command('show').argument('<id>'))
    .description('show a workflow, its settings and its status')
    .action(action<[string], object>(io, (context, _options, id) => show(context, id, '')))

  withWorkflowOptions(withServer(workflow.command('update').argument('<id>')))
    .description('change a workflow; what is not named stays')
    .option('--repo <id>', 'id of a registered repository')
    .action(
      action<[string], WorkflowOptions>(io, async (context, options, id) => {
        const request = { workflow: { ...configOf(options), id }, ...reasonOf(options) }
        const answer = await context.connection.gitops.updateWorkflow(request)
        io.err(`workflow ${id} ${answer.changed ? 'changed' : 'unchanged'}\n`)
        await show(context, id, answer.token)
      }),
    )

  withServer(workflow.command('delete').argument('<id>'))
    .description('delete a workflow; its objects stay in the cluster')
    .option('--cascade', 'delete its objects, too')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], WorkflowOptions>(io, async ({ connection }, options, workflowId) => {
        await connection.gitops.deleteWorkflow({ workflowId, cascade: options.cascade ?? false, ...reasonOf(options) })
        io.err(`workflow ${workflowId} deleted; its objects ${options.cascade ? 'are deleted, too' : 'stay'}\n`)
      }),
    )
}

function withWorkflowOptions(command: Command): Command {
  const list = (value: string, before: readonly string[] = []) => [...before, ...value.split(',')]
  return command
    .option('--name <text>', 'a name for people')
    .option('--path <path>', 'folder in the repository (default: .)')
    .option('--cluster <id>', 'default: default')
    .option('--namespace <name>', 'for manifests without one (default: default)')
    .option('--create-namespace', 'create it if it is missing')
    .option('--no-create-namespace')
    .option('--auto-sync', 'apply new commits by itself, while auto-sync is started')
    .option('--no-auto-sync')
    .option('--auto-prune', 'remove objects that Git no longer holds')
    .option('--no-auto-prune')
    .option('--diff-preview')
    .option('--no-diff-preview', 'do not record a dry run before each sync')
    .option('--health-check')
    .option('--no-health-check', 'a sync ends when everything is applied')
    .option('--health-timeout <duration>', 'default: 5m')
    .option('--health-failure-mode <mode>', 'ignore or fail (default: fail)')
    .option('--conflict-resolution <mode>', 'fail or take (default: fail)')
    .option('--allow-namespace <names>', 'only these namespaces, separated by commas', list)
    .option('--allow-kind <kinds>', 'only these kinds, as Kind or group/Kind, separated by commas', list)
    .option('--cluster-scoped')
    .option('--no-cluster-scoped', 'no objects outside namespaces')
    .option('--reason <text>', 'kept in the log')
}

type Config = MessageInitShape<typeof WorkflowConfigSchema>

/** Only what was said: everything else has its default, or stays. */
function configOf(options: WorkflowOptions): Config {
  const health = set({
    enabled: options.healthCheck,
    timeout: options.healthTimeout,
    failureMode: options.healthFailureMode,
  })
  const policy = set({
    autoPrune: options.autoPrune,
    conflictResolution: options.conflictResolution,
    healthCheck: health,
  })
  const destination = set({
    cluster: options.cluster,
    namespace: options.namespace,
    createNamespace: options.createNamespace,
  })
  const allow = set({
    namespaces: options.allowNamespace && { values: [...options.allowNamespace] },
    kinds: options.allowKind && { values: [...options.allowKind] },
    clusterScoped: options.clusterScoped,
  })
  const config = set({
    id: options.id,
    name: options.name,
    repository: options.repo,
    targetPath: options.path,
    autoSync: options.autoSync,
    diffPreview: options.diffPreview,
    syncPolicy: policy,
    destination,
    allow,
  })
  return config ?? {}
}

/** Without what is undefined; undefined if nothing is left. */
function set<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined)
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> })
}

function reasonOf({ reason }: WorkflowOptions): { reason?: string } {
  return reason === undefined ? {} : { reason }
}

export async function list({ io, connection, format }: Context, repository = ''): Promise<void> {
  const all: WorkflowStatus[] = []
  for (let pageToken = ''; ;) {
    const page = await connection.gitops.listWorkflows({ pageToken, repository })
    all.push(...page.workflows)
    if (page.nextPageToken === '') break
    pageToken = page.nextPageToken
  }
  if (format !== 'human')
    printData(
      io,
      format,
      all.map((status) => jsonOf(WorkflowStatusSchema, status)),
    )
  else if (all.length === 0) io.err('There is no workflow: create one with `plimsoll workflow create --repo ID`.\n')
  else io.out(workflowTable(all, io))
}

async function show({ io, connection, format }: Context, workflowId: string, minToken: string): Promise<void> {
  const { workflow } = await connection.gitops.getWorkflowStatus({ workflowId, minToken })
  if (workflow === undefined) return
  if (format !== 'human') {
    printData(io, format, jsonOf(WorkflowStatusSchema, workflow))
    return
  }
  io.out(statusText(workflow, io, settingsOf(workflow)))
}

function settingsOf({ config }: WorkflowStatus): Pairs {
  const { destination, syncPolicy: policy, allow } = config ?? {}
  const word = (value: boolean | undefined) => (value ? 'yes' : 'no')
  return [
    ['Cluster', destination?.cluster ?? ''],
    ['Namespace', `${destination?.namespace ?? ''}${destination?.createNamespace ? ' (created if missing)' : ''}`],
    ['Auto-sync', word(config?.autoSync)],
    ['Prune', word(policy?.autoPrune)],
    ['Conflicts', policy?.conflictResolution ?? ''],
    [
      'Health',
      policy?.healthCheck?.enabled
        ? `within ${policy.healthCheck.timeout}, else ${policy.healthCheck.failureMode}`
        : 'not checked',
    ],
    ['Only namespaces', allow?.namespaces?.values.join(', ') ?? ''],
    ['Only kinds', allow?.kinds?.values.join(', ') ?? ''],
    ['Cluster-scoped', allow?.clusterScoped === false ? 'not allowed' : ''],
  ]
}
