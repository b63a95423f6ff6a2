import { derivedId, isId, isNamespace, isObjectName } from '../../id.ts'
import { impactRuleNames } from '../../impact-rules/impact-rules.ts'
import { impacts } from '../../impact.ts'
import type { Impact } from '../../impact.ts'
import { stringifyJson } from '../../json/lossless-json.ts'
import type { Checked, Problem } from '../../checked.ts'
import { oneOf } from '../../one-of.ts'
import { approvalConfig } from './approval.ts'
import type { ApprovalConfig, ApprovalRequest } from './approval.ts'
import { workflowLabels } from './labels.ts'
import type { Labels } from './labels.ts'
import { ignoreRules, sensitiveRules } from '../../object/object-selector.ts'
import type {
  IgnoreRule,
  IgnoreRuleRequest,
  SensitiveRule,
  SensitiveRuleRequest,
} from '../../object/object-selector.ts'
import { sourceConfig } from './source-config.ts'
import type { SourceConfig, SourceRequest } from './source-config.ts'
import { syncPolicy } from './sync-policy.ts'
import type { SyncPolicy, SyncPolicyRequest } from './sync-policy.ts'

/** Where the objects go. A manifest without a namespace goes to `namespace`. */
export type Destination = {
  readonly cluster: string
  readonly namespace: string
  readonly create_namespace: boolean
  /** Who asks and writes in the cluster in the engine's place; null: the engine itself. */
  readonly service_account: ServiceAccount | null
}

export type ServiceAccount = { readonly namespace: string; readonly name: string }

/** A service account is `name`, in the destination's namespace, or `namespace/name`; empty: none. */
export type DestinationRequest = {
  readonly cluster?: string
  readonly namespace?: string
  readonly create_namespace?: boolean
  readonly service_account?: string
}

/** What a workflow may touch; null allows all. Kinds are `Kind` or `group/Kind`. */
export type Allow = {
  readonly namespaces: readonly string[] | null
  readonly kinds: readonly string[] | null
  readonly cluster_scoped: boolean
}

/** Stored in the log with every default filled in, so that a later change of a default changes no workflow. */
export type WorkflowConfig = {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly repository: string
  readonly target_path: string
  readonly source: SourceConfig
  readonly destination: Destination
  readonly allow: Allow
  readonly auto_sync: boolean
  readonly diff_preview: boolean
  readonly rollback_on_failure: boolean
  readonly approval: ApprovalConfig
  /** Ids of workflows that are synced and healthy, at the revision that is synced, before a sync of this one begins. */
  readonly depends_on: readonly string[]
  readonly sync_policy: SyncPolicy
  readonly ignore: readonly IgnoreRule[]
  readonly sensitive: readonly SensitiveRule[]
  /** By name of a rule: the impact that it has for this workflow. */
  readonly impact: Readonly<Record<string, Impact>>
}

/** What a caller may say; all but the repository has a default. Durations are texts such as `10m`. */
export type WorkflowRequest = {
  readonly id?: string
  readonly name?: string
  readonly labels?: Labels
  readonly repository: string
  readonly target_path?: string
  readonly source?: SourceRequest
  readonly destination?: DestinationRequest
  readonly allow?: Partial<Allow>
  readonly auto_sync?: boolean
  readonly diff_preview?: boolean
  readonly rollback_on_failure?: boolean
  readonly sync_policy?: SyncPolicyRequest
  readonly approval?: ApprovalRequest
  readonly depends_on?: readonly string[]
  readonly ignore?: readonly IgnoreRuleRequest[]
  readonly sensitive?: readonly SensitiveRuleRequest[]
  readonly impact?: Readonly<Record<string, string>>
}

/** An event holds 64 KiB, and says more than this. */
const configBytesAtMost = 48 * 1024

/** Fills the defaults in and checks every field; all problems are told at once. */
export function workflowConfig(request: WorkflowRequest): Checked<WorkflowConfig> {
  const problems: Problem[] = []
  const refuse = (field: string, message: string) => problems.push({ field, message })
  const targetPath = normalPath(request.target_path ?? '.')
  const cluster = request.destination?.cluster ?? 'default'
  const namespace = request.destination?.namespace ?? 'default'
  const id = request.id ?? derivedId('workflow', request.repository, targetPath ?? '', cluster, namespace)

  if (!isId(id)) refuse('id', `${JSON.stringify(id)} is no id: use lower-case letters, digits, "-" and ".", at most 63`)
  if (!isId(request.repository)) refuse('repository', `${JSON.stringify(request.repository)} is no repository id`)
  if (targetPath === undefined) refuse('target_path', 'must lie within the repository: no leading "/", no ".."')
  if (!isNamespace(namespace)) refuse('destination.namespace', `${JSON.stringify(namespace)} is no namespace`)
  if (!isId(cluster)) refuse('destination.cluster', `${JSON.stringify(cluster)} is no cluster id`)
  const addProblem = (problem: Problem) => problems.push(problem)
  const labels = workflowLabels(request.labels ?? {}, addProblem)
  const account = serviceAccount(request.destination?.service_account ?? '', namespace, addProblem)
  const policy = syncPolicy(request.sync_policy ?? {}, addProblem)
  const source = sourceConfig(request.source ?? {}, addProblem)
  const approval = approvalConfig(request.approval ?? {}, addProblem)
  if ((approval.required || approval.from_impact !== null) && request.diff_preview === false)
    refuse('approval', 'needs a plan to approve, and diff_preview is false')
  const dependsOn = dependencies(id, request.depends_on ?? [], addProblem)
  const ignore = ignoreRules(request.ignore ?? [], addProblem)
  const sensitive = sensitiveRules(request.sensitive ?? [], addProblem)
  const impact = impactByRule(request.impact ?? {}, addProblem)

  const config: WorkflowConfig = {
    id,
    name: request.name ?? id,
    labels,
    repository: request.repository,
    target_path: targetPath ?? '.',
    source,
    destination: {
      cluster,
      namespace,
      create_namespace: request.destination?.create_namespace ?? false,
      service_account: account,
    },
    allow: {
      namespaces: request.allow?.namespaces ?? null,
      kinds: request.allow?.kinds ?? null,
      cluster_scoped: request.allow?.cluster_scoped ?? true,
    },
    auto_sync: request.auto_sync ?? false,
    diff_preview: request.diff_preview ?? true,
    rollback_on_failure: request.rollback_on_failure ?? false,
    sync_policy: policy,
    approval,
    depends_on: dependsOn,
    ignore,
    sensitive,
    impact,
  }
  if (new TextEncoder().encode(stringifyJson(config)).length > configBytesAtMost)
    refuse('workflow', `its settings are larger than ${configBytesAtMost} bytes: shorten its texts and lists`)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: config }
}

function serviceAccount(text: string, inNamespace: string, refuse: (problem: Problem) => void): ServiceAccount | null {
  if (text === '') return null
  const [name = '', namespace = inNamespace, ...rest] = text.split('/').toReversed()
  if (rest.length > 0 || !isNamespace(namespace) || !isObjectName(name))
    refuse({
      field: 'destination.service_account',
      message: `${JSON.stringify(text)} is no service account: write its name, or namespace/name`,
    })
  return { namespace, name }
}

const dependenciesAtMost = 50

function dependencies(id: string, request: readonly string[], refuse: (problem: Problem) => void): readonly string[] {
  const field = 'depends_on'
  for (const other of request) {
    if (other === id) refuse({ field, message: 'names the workflow itself: it would wait for ever' })
    else if (!isId(other)) refuse({ field, message: `${JSON.stringify(other)} is no workflow id` })
  }
  if (request.length > dependenciesAtMost) refuse({ field, message: `names more than ${dependenciesAtMost} workflows` })
  return [...new Set(request)].toSorted()
}

function impactByRule(
  request: Readonly<Record<string, string>>,
  refuse: (problem: Problem) => void,
): Readonly<Record<string, Impact>> {
  const entries = Object.entries(request).flatMap(([rule, text]) => {
    const impact = oneOf(text, impacts)
    if (!impactRuleNames.has(rule))
      refuse({ field: `impact.${rule}`, message: 'is no rule of impact: docs/plans.md lists them' })
    if (impact === undefined) refuse({ field: `impact.${rule}`, message: `must be ${impacts.join(', ')}` })
    return impact === undefined ? [] : [[rule, impact] as const]
  })
  return Object.fromEntries(entries)
}

/** `./k8s//web/` and `k8s/web` are one path; undefined if it leaves the repository. */
function normalPath(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0') || path.includes('\\')) return undefined
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || parts.includes('.git')) return undefined
  return parts.length === 0 ? '.' : parts.join('/')
}
