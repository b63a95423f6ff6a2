import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fromJson, toJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { WorkflowConfigSchema, type WorkflowConfig } from '@plimsoll/proto'
import { InvalidRequestError, messageOf } from '@plimsoll/sdk/node'
import { InvalidArgumentError, type Command } from 'commander'
import { parse } from 'yaml'
import { CliError } from '../cli-error.ts'
import type { Io } from '../io.ts'

export type WorkflowOptions = {
  readonly file?: string
  readonly id?: string
  readonly name?: string
  readonly label?: Readonly<Record<string, string>>
  readonly repo?: string
  readonly path?: string
  readonly renderer?: string
  readonly helmRelease?: string
  readonly helmValues?: readonly string[]
  readonly cluster?: string
  readonly namespace?: string
  readonly createNamespace?: boolean
  readonly serviceAccount?: string
  readonly autoSync?: boolean
  readonly autoPrune?: boolean
  readonly pruneBudget?: number
  readonly selfHeal?: boolean
  readonly preSyncHook?: readonly string[]
  readonly postSyncHook?: readonly string[]
  readonly window?: readonly JsonObject[]
  readonly hookTimeout?: string
  readonly diffPreview?: boolean
  readonly healthCheck?: boolean
  readonly healthTimeout?: string
  readonly healthFailureMode?: string
  readonly conflictResolution?: string
  readonly retryLimit?: number
  readonly rollbackLimit?: number
  readonly rollbackOnFailure?: boolean
  readonly approvalRequired?: boolean
  readonly approvalFrom?: string
  readonly approvalExpires?: string
  readonly allowRequester?: boolean
  readonly dependsOn?: readonly string[]
  readonly allowNamespace?: readonly string[]
  readonly allowKind?: readonly string[]
  readonly clusterScoped?: boolean
  readonly ageKeyFile?: string
  readonly ageKey?: boolean
  readonly reason?: string
}

export function withWorkflowOptions(command: Command): Command {
  const list = (value: string, before: readonly string[] = []) => [...before, ...value.split(',')]
  // What was set before is taken back by an empty text.
  const clearable = (value: string, before: readonly string[] = []) => (value === '' ? before : list(value, before))
  const again = (value: string, before: readonly string[] = []) => (value === '' ? before : [...before, value])
  return command
    .option('-f, --file <file>', 'settings as YAML or JSON, as `workflow show -o yaml` has them under config (or -)')
    .option('--repo <id>', 'id of a registered repository')
    .option('--name <text>', 'a name for people')
    .option('--label <key=value>', 'may be given again; all labels are replaced', labels)
    .option('--path <path>', 'folder in the repository (default: .)')
    .option('--renderer <name>', 'auto, plain, kustomize or helm (default: auto)')
    .option('--helm-release <name>', 'default: the id')
    .option('--helm-values <paths>', 'values files, relative to the folder, separated by commas', list)
    .option('--age-key-file <file>', 'age keys for files that SOPS encrypted, as age-keygen writes them (or -)')
    .option('--cluster <id>', 'default: default')
    .option('--namespace <name>', 'for manifests without one (default: default)')
    .option('--create-namespace', 'create it if it is missing')
    .option('--no-create-namespace')
    .option(
      '--service-account <name>',
      'who plans and writes there: name or namespace/name (default: the engine itself)',
    )
    .option('--auto-sync', 'apply new commits by itself, while auto-sync is started')
    .option('--no-auto-sync')
    .option('--auto-prune', 'remove objects that Git no longer holds')
    .option('--no-auto-prune')
    .option(
      '--prune-budget <percent>',
      'how much of its objects a sync may delete without approval (default: 50)',
      wholeNumber,
    )
    .option('--self-heal', 'put back what others change')
    .option('--no-self-heal')
    .option('--pre-sync-hook <command>', "run before a sync; may be given again; '': none", again)
    .option('--post-sync-hook <command>', "run after a sync; may be given again; '': none", again)
    .option('--hook-timeout <duration>', 'for each hook (default: 10m)')
    .option('--diff-preview')
    .option('--no-diff-preview', 'do not record a dry run before each sync')
    .option('--health-check')
    .option('--no-health-check', 'a sync ends when everything is applied')
    .option('--health-timeout <duration>', 'default: 5m')
    .option('--rollback-on-failure', 'put back what a sync did when it fails')
    .option('--no-rollback-on-failure')
    .option(
      '--rollback-limit <number>',
      'automatic rollbacks in a row until auto-sync waits for a person (default: 2)',
      wholeNumber,
    )
    .option('--health-failure-mode <mode>', 'ignore, fail or rollback (default: as --rollback-on-failure says)')
    .option('--conflict-resolution <mode>', 'fail or take (default: fail)')
    .option('--retry-limit <number>', 'further tries of a sync that failed (default: 0)', wholeNumber)
    .option('--approval-required', 'each sync waits until somebody has approved its plan')
    .option('--no-approval-required')
    .option(
      '--approval-from <impact>',
      'syncs with a change of low, medium, high or critical impact on wait for approval',
    )
    .option('--approval-expires <duration>', 'a sync that nobody has approved by then fails (default: 24h)')
    .option('--allow-requester', 'who asked for a sync may approve it too')
    .option('--no-allow-requester')
    .option(
      '--window <window>',
      "when syncs may begin or may not: 'allow|deny CRON DURATION [ZONE] [manual]', such as 'deny 0 22 * * 1-5 2h Europe/Berlin'; manual: what a person asks for passes; may be given again; all windows are replaced; '': none",
      windows,
    )
    .option(
      '--depends-on <ids>',
      "workflows that are synced and healthy first, separated by commas; '': none",
      clearable,
    )
    .option('--allow-namespace <names>', 'only these namespaces, separated by commas', list)
    .option('--allow-kind <kinds>', 'only these kinds, as Kind or group/Kind, separated by commas', list)
    .option('--cluster-scoped')
    .option('--no-cluster-scoped', 'no objects outside namespaces')
    .option('--reason <text>', 'kept in the log')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}

/** `allow 0 22 * * 1-5 2h Europe/Berlin manual`; what each word may be is for the server to judge, as of a settings file. */
function windows(text: string, before: readonly JsonObject[] = []): readonly JsonObject[] {
  if (text.trim() === '') return before
  const words = text.trim().split(/\s+/)
  const manual = words.at(-1) === 'manual'
  const [kind = '', ...rest] = manual ? words.slice(0, -1) : words
  const [schedule, [duration, zone, ...more]] = [rest.slice(0, 5), rest.slice(5)]
  if (duration === undefined || more.length > 0)
    throw new InvalidArgumentError(
      "Write one argument: allow or deny, five fields of cron, a duration, and a time zone if it is not UTC, such as 'allow 0 22 * * 1-5 2h Europe/Berlin'.",
    )
  const window = { kind, schedule: schedule.join(' '), duration, ...(zone !== undefined && { time_zone: zone }) }
  return [...before, { ...window, manual_sync: manual }]
}

function labels(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('Write key=value.')
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) }
}

/** Only what was said, in the file or, winning over it, on the command line: everything else has its default, or stays. */
export async function configOf(io: Io, options: WorkflowOptions): Promise<WorkflowConfig> {
  const said = optionsAsJson(options)
  if (options.file === undefined) return fromJson(WorkflowConfigSchema, said)
  const where = options.file === '-' ? 'standard input' : options.file
  const text = await settingsIn(io, options.file)
  try {
    const filed = messageOf(WorkflowConfigSchema, (parse(text) ?? {}) as object)
    const json = toJson(WorkflowConfigSchema, filed, { useProtoFieldName: true })
    return fromJson(WorkflowConfigSchema, merged(json, said))
  } catch (error) {
    throw new CliError({
      what: 'The settings cannot be read',
      where,
      because: error instanceof InvalidRequestError ? error.because : (error as Error).message,
      try: 'Compare them with the config of `plimsoll workflow show ID -o yaml`.',
    })
  }
}

async function settingsIn(io: Io, file: string): Promise<string> {
  try {
    return file === '-' ? await io.readStdin() : await readFile(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    throw new CliError({
      what: 'The settings cannot be read',
      where: file,
      because: (error as Error).message,
      try: 'Name a file that is there and that you may read, or - for standard input.',
    })
  }
}

function optionsAsJson(options: WorkflowOptions): JsonObject {
  const list = (values: readonly string[] | undefined) => values && { values: [...values] }
  return (
    set({
      id: options.id,
      name: options.name,
      labels: options.label && { values: options.label },
      repository: options.repo,
      target_path: options.path,
      auto_sync: options.autoSync,
      diff_preview: options.diffPreview,
      rollback_on_failure: options.rollbackOnFailure,
      source: set({
        renderer: options.renderer,
        helm: set({ release_name: options.helmRelease, values_files: list(options.helmValues) }),
      }),
      sync_policy: set({
        auto_prune: options.autoPrune,
        prune_budget: options.pruneBudget,
        self_heal: options.selfHeal,
        pre_sync_hooks: list(options.preSyncHook),
        post_sync_hooks: list(options.postSyncHook),
        hook_timeout: options.hookTimeout,
        conflict_resolution: options.conflictResolution,
        retry: set({ limit: options.retryLimit }),
        sync_windows: options.window && { windows: [...options.window] },
        rollback_limit: options.rollbackLimit,
        health_check: set({
          enabled: options.healthCheck,
          timeout: options.healthTimeout,
          failure_mode: options.healthFailureMode,
        }),
      }),
      approval: set({
        required: options.approvalRequired,
        from_impact: options.approvalFrom,
        allow_requester: options.allowRequester,
        expires: options.approvalExpires,
      }),
      depends_on: list(options.dependsOn),
      destination: set({
        cluster: options.cluster,
        namespace: options.namespace,
        create_namespace: options.createNamespace,
        service_account: options.serviceAccount,
      }),
      allow: set({
        namespaces: list(options.allowNamespace),
        kinds: list(options.allowKind),
        cluster_scoped: options.clusterScoped,
      }),
    }) ?? {}
  )
}

/** Without what is undefined; undefined if nothing is left. */
function set(object: { readonly [key: string]: JsonValue | undefined }): JsonObject | undefined {
  const entries = Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function merged(base: JsonValue, over: JsonValue): JsonValue {
  if (!isObject(base) || !isObject(over)) return over
  const fields = Object.entries(over).map(([key, value]) => {
    const before = base[key]
    return [key, before === undefined ? value : merged(before, value)] as const
  })
  return { ...base, ...Object.fromEntries(fields) }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
