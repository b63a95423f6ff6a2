import { WorkflowStatusSchema, type Moment, type WorkflowConfig, type WorkflowStatus } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { momentText, statusJson } from '../output/past.ts'
import { jsonOf, printData } from '../output/print.ts'
import type { Pairs } from '../output/table.ts'
import { printWarnings } from '../output/troubles.ts'
import { statusText, workflowTable } from '../output/status.ts'
import { decryptionOf } from './decryption-option.ts'
import { configOf, withWorkflowOptions, type WorkflowOptions } from './workflow-options.ts'

export function registerWorkflowCommands(program: Command, io: Io): void {
  const workflow = program.command('workflow').description('what is brought from where to which cluster')

  withWorkflowOptions(withServer(workflow.command('create')))
    .description('create a workflow, or make the one of the same id so')
    .option('--id <id>', 'default: derived from repository, path and destination')
    .action(
      action<[], WorkflowOptions>(io, async (context, options) => {
        const request = {
          workflow: await configOf(io, options),
          ...(await decryptionOf(io, options)),
          ...reasonOf(options),
        }
        const answer = await context.connection.gitops.createWorkflow(request)
        io.err(`workflow ${answer.workflowId} ${answer.changed ? 'saved' : 'unchanged'}\n`)
        printWarnings(io, answer.warnings)
        await show(context, answer.workflowId, answer.token)
      }),
    )

  withServer(workflow.command('list'))
    .description('list the workflows and their status')
    .option('--repo <id>', 'only those of this repository')
    .option(
      '-l, --selector <labels>',
      'only those with these labels: app=shop, tier!=test, env in (a, b), team, !legacy',
    )
    .action(
      action<[], WorkflowOptions & { readonly selector?: string }>(io, (context, { repo, selector }) =>
        list(context, { repository: repo, selector }),
      ),
    )

  withServer(workflow.command('show').argument('<id>'))
    .description('show a workflow, its settings and its status')
    .action(action<[string], object>(io, (context, _options, id) => show(context, id, '')))

  withWorkflowOptions(withServer(workflow.command('update').argument('<id>')))
    .description('change a workflow; what is not named stays')
    .option('--no-age-key', 'forget the age keys')
    .action(
      action<[string], WorkflowOptions>(io, async (context, options, id) => {
        const request = {
          workflow: { ...(await configOf(io, options)), id },
          ...(await decryptionOf(io, options)),
          ...reasonOf(options),
        }
        const answer = await context.connection.gitops.updateWorkflow(request)
        io.err(`workflow ${id} ${answer.changed ? 'changed' : 'unchanged'}\n`)
        printWarnings(io, answer.warnings)
        await show(context, id, answer.token)
      }),
    )

  withServer(workflow.command('delete').argument('<id>'))
    .description('delete a workflow; its objects stay in the cluster')
    .option('--cascade', 'delete its objects, too; more than its prune budget has to be confirmed')
    .option('--prune-kept', 'with --cascade: also Namespaces, CRDs and volumes')
    .option('--confirm <digits>', 'what the refusal said to confirm with')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], WorkflowOptions & DeleteOptions>(io, async ({ connection }, options, workflowId) => {
        await connection.gitops.deleteWorkflow({
          workflowId,
          cascade: options.cascade ?? false,
          pruneKept: options.pruneKept ?? false,
          ...(options.confirm !== undefined && { confirm: options.confirm }),
          ...reasonOf(options),
        })
        io.err(`workflow ${workflowId} deleted; ${whatOfObjects(options)}\n`)
      }),
    )
}

type DeleteOptions = { readonly cascade?: boolean; readonly pruneKept?: boolean; readonly confirm?: string }

function whatOfObjects({ cascade, pruneKept }: DeleteOptions): string {
  if (!cascade) return 'its objects stay'
  return pruneKept
    ? 'its objects are deleted, too'
    : 'its objects are deleted, too, but for Namespaces, CRDs and volumes'
}

function reasonOf({ reason }: WorkflowOptions): { reason?: string } {
  return reason === undefined ? {} : { reason }
}

type ListOptions = {
  readonly repository?: string | undefined
  readonly selector?: string | undefined
  readonly at?: string | undefined
}

/** Prints all workflows, or those of a repository; with `at` as they were. */
export async function list(
  { io, connection, format }: Context,
  { repository = '', selector = '', at }: ListOptions = {},
): Promise<void> {
  const all: WorkflowStatus[] = []
  let moment: Moment | undefined
  for (let pageToken = ''; ;) {
    const request = { pageToken, repository, selector, ...(at !== undefined && { at }) }
    const page = await connection.gitops.listWorkflows(request)
    all.push(...page.workflows)
    moment = page.moment
    if (page.nextPageToken === '') break
    pageToken = page.nextPageToken
  }
  if (format !== 'human') {
    printData(
      io,
      format,
      all.map((status) => statusJson(status, moment)),
    )
    return
  }
  if (moment !== undefined) io.err(`As of ${momentText(moment)}:\n`)
  if (all.length > 0) io.out(workflowTable(all, io))
  else if (moment !== undefined) io.err('There was no workflow.\n')
  else if (selector !== '') io.err(`No workflow has the labels ${cleanLine(selector)}.\n`)
  else io.err('There is no workflow: create one with `plimsoll workflow create --repo ID`.\n')
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

/** What is set, line by line; what is empty is left out. */
export function settingsOf({ config }: WorkflowStatus): Pairs {
  const { destination, syncPolicy: policy, allow } = config ?? {}
  const word = (value: boolean | undefined) => (value ? 'yes' : 'no')
  return [
    [
      'Labels',
      Object.entries(config?.labels?.values ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ],
    ['Renderer', rendererText(config?.source)],
    ['Decryption', config?.source?.decryption === 'age' ? 'age key stored' : ''],
    ['Cluster', destination?.cluster ?? ''],
    ['Namespace', `${destination?.namespace ?? ''}${destination?.createNamespace ? ' (created if missing)' : ''}`],
    ['Acts as', destination?.serviceAccount ?? ''],
    ['Auto-sync', word(config?.autoSync)],
    ['Prune', word(policy?.autoPrune)],
    ['Self-heal', word(policy?.selfHeal)],
    ['Roll back', config?.rollbackOnFailure ? 'when a sync fails' : ''],
    ['Conflicts', policy?.conflictResolution ?? ''],
    [
      'Health',
      policy?.healthCheck?.enabled
        ? `within ${policy.healthCheck.timeout}, else ${policy.healthCheck.failureMode ?? (config?.rollbackOnFailure ? 'rollback' : 'fail')}`
        : 'not checked',
    ],
    ['Only namespaces', allow?.namespaces?.values.join(', ') ?? ''],
    ['Only kinds', allow?.kinds?.values.join(', ') ?? ''],
    ['Cluster-scoped', allow?.clusterScoped === false ? 'not allowed' : ''],
    ['Approval', approvalText(config?.approval)],
    ['Depends on', config?.dependsOn?.values.join(', ') ?? ''],
    ['Windows', policy?.syncWindows?.windows.map(windowText).join('; ') ?? ''],
    ['Retry', retryText(policy?.retry)],
    ['Before syncs', policy?.preSyncHooks?.values.join('; ') ?? ''],
    ['After syncs', policy?.postSyncHooks?.values.join('; ') ?? ''],
    ['Ignored', rulesText(config?.ignore?.rules)],
    ['Sensitive', rulesText(config?.sensitive?.rules)],
    [
      'Impact',
      Object.entries(config?.impact?.rules ?? {})
        .map(([rule, impact]) => `${rule}: ${impact}`)
        .join(', '),
    ],
  ]
}

function approvalText(approval: WorkflowConfig['approval']): string {
  const { required, fromImpact, allowRequester, expires } = approval ?? {}
  const who = allowRequester ? ', also by whoever asked for the sync' : ''
  if (required) return `every sync, within ${expires}${who}`
  if (fromImpact) return `from ${fromImpact} impact on, within ${expires}${who}`
  // What deletes much waits for it whatever the settings say.
  return allowRequester ? `only for what deletes much, within ${expires}${who}` : ''
}

type Policy = NonNullable<WorkflowConfig['syncPolicy']>

function windowText({
  kind,
  schedule,
  duration,
  timeZone,
  manualSync,
}: NonNullable<Policy['syncWindows']>['windows'][number]): string {
  const who = manualSync ? ' (what a person asks for passes)' : ''
  return `${kind} "${schedule}" for ${duration}, ${timeZone}${who}`
}

function retryText(retry: Policy['retry']): string {
  return retry?.limit
    ? `${retry.limit === 1 ? 'once' : `${retry.limit} times`}, ${retry.backoff}, within ${retry.maxDuration}`
    : ''
}

function rendererText(source: WorkflowConfig['source']): string {
  const { releaseName: release, valuesFiles: files, values = {} } = source?.helm ?? {}
  const details = [
    ...(release === undefined ? [] : [`release ${release}`]),
    ...(files?.values.length ? [`values ${files.values.join(', ')}`] : []),
    ...(Object.keys(values).length > 0 ? [`own values for ${Object.keys(values).join(', ')}`] : []),
  ]
  return `${source?.renderer ?? ''}${details.length > 0 ? ` (${details.join('; ')})` : ''}`
}

type Rule =
  NonNullable<WorkflowConfig['ignore']>['rules'][number] | NonNullable<WorkflowConfig['sensitive']>['rules'][number]

function rulesText(rules: readonly Rule[] = []): string {
  return rules.map(ruleText).join('; ')
}

function ruleText(rule: Rule): string {
  const { kind = '*', namespace, name = '*', jsonPointers } = rule
  const managers = 'managers' in rule ? rule.managers.map((manager) => `all of ${manager}`) : []
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${[...jsonPointers, ...managers].join(', ')}`
}
