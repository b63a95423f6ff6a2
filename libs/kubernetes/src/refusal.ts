/** What an API server says it lacks, in amounts of a ResourceQuota: `requests.cpu`, `2`, `500m`, `1`. */
export type QuotaAmount = {
  readonly resource: string
  readonly requested: string
  readonly used: string
  readonly limited: string
}

/** Who or what refused a request, as far as the answer tells. `fields` are paths as the API server writes them. */
export type Refusal =
  | { readonly cause: 'schema'; readonly fields: readonly string[] }
  | { readonly cause: 'immutable'; readonly fields: readonly string[] }
  | { readonly cause: 'webhook'; readonly webhook: string }
  /** The webhook itself does not answer, or not so that the API server believes it. */
  | { readonly cause: 'webhook-down'; readonly webhook: string }
  | { readonly cause: 'policy'; readonly policy: string; readonly binding: string }
  | { readonly cause: 'quota'; readonly quota: string; readonly amounts: readonly QuotaAmount[] }
  /** The quota counts something that the object's containers do not say. */
  | { readonly cause: 'quota-unsaid'; readonly quota: string; readonly resources: readonly string[] }
  | { readonly cause: 'limit-range' }
  | { readonly cause: 'pod-security'; readonly level: string }
  | {
      readonly cause: 'right'
      readonly user: string
      readonly verb: string
      /** With its group, as kubectl takes it: `deployments.apps`, `pods/exec`. */
      readonly resource: string
      /** Null for all of the cluster. */
      readonly namespace: string | null
    }
  /** The identity of the connection may not act as the service account that the workflow names. */
  | { readonly cause: 'impersonation'; readonly user: string }
  /** A Role or a binding would grant what the one who writes it does not have. */
  | { readonly cause: 'escalation'; readonly user: string }

export type RefusalCause = { readonly field?: string; readonly message?: string }

/** Reads what an API server of Kubernetes 1.36 says; undefined for anything it is not known to say. */
export function readRefusal(message: string, causes: readonly RefusalCause[]): Refusal | undefined {
  for (const read of readers) {
    const refusal = read(message, causes)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

type Reader = (message: string, causes: readonly RefusalCause[]) => Refusal | undefined

const readers: readonly Reader[] = [
  readWebhook,
  readPolicy,
  readQuota,
  readImpersonation,
  readRight,
  (message) => {
    const [, user] =
      /: user "([^"]*)".* is attempting to grant RBAC permissions not currently held/s.exec(message) ?? []
    return user === undefined ? undefined : { cause: 'escalation', user }
  },
  (message) => {
    const [, level] = /is forbidden: violates PodSecurity "([^":]*)/.exec(message) ?? []
    return level === undefined ? undefined : { cause: 'pod-security', level }
  },
  (message) =>
    /is forbidden: .*(\b(minimum|maximum) \S+ usage per |max limit to request ratio per )/s.test(message)
      ? { cause: 'limit-range' }
      : undefined,
  (message, causes) => (isImmutable(message) ? { cause: 'immutable', fields: immutableFields(causes) } : undefined),
  readSchema,
]

function readWebhook(message: string): Refusal | undefined {
  const [, denied] = /^admission webhook "([^"]*)" (?:denied the request|does not support dry run)/.exec(message) ?? []
  if (denied !== undefined) return { cause: 'webhook', webhook: denied }
  const [, down] = /^Internal error occurred: failed calling webhook "([^"]*)"/.exec(message) ?? []
  return down === undefined ? undefined : { cause: 'webhook-down', webhook: down }
}

function readPolicy(message: string): Refusal | undefined {
  const [, policy, binding = ''] = /ValidatingAdmissionPolicy '([^']*)' with binding '([^']*)'/.exec(message) ?? []
  return policy === undefined ? undefined : { cause: 'policy', policy, binding }
}

function readQuota(message: string): Refusal | undefined {
  const [, unsaid, resources = ''] =
    /is forbidden: failed quota: ([^:\s]+): must specify (\S+) for: /.exec(message) ?? []
  if (unsaid !== undefined) return { cause: 'quota-unsaid', quota: unsaid, resources: resources.split(',') }
  const [, quota, asked = '', used = '', limited = ''] =
    /exceeded quota: ([^,\s]+), requested: (\S+), used: (\S+), limited: (\S+)/.exec(message) ?? []
  if (quota === undefined) return undefined
  const [uses, limits] = [amountsOf(used), amountsOf(limited)]
  const amounts = [...amountsOf(asked)].map(([resource, requested]) => ({
    resource,
    requested,
    used: uses.get(resource) ?? '0',
    limited: limits.get(resource) ?? '0',
  }))
  return { cause: 'quota', quota, amounts }
}

function amountsOf(list: string): ReadonlyMap<string, string> {
  return new Map(list.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

// A server that knows limited impersonation names the right that it looked for first, on the object itself.
function readImpersonation(message: string): Refusal | undefined {
  const [, user] = /is forbidden: User "([^"]*)" cannot impersonate\S* resource /.exec(message) ?? []
  return user === undefined ? undefined : { cause: 'impersonation', user }
}

function readRight(message: string): Refusal | undefined {
  const [, user, verb = '', resource = '', group, namespace] =
    /is forbidden: User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(
      message,
    ) ?? []
  if (user === undefined) return undefined
  const [plural = '', subresource] = resource.split('/')
  const full = `${plural}${group ? `.${group}` : ''}${subresource === undefined ? '' : `/${subresource}`}`
  // For a Namespace itself the server names the Namespace; the right is one of the cluster.
  const isNamespace = plural === 'namespaces' && !group
  return { cause: 'right', user, verb, resource: full, namespace: isNamespace ? null : (namespace ?? null) }
}

const immutablePattern =
  /\b(is|are) (\w+ )?immutable\b|immutable field|may not (be changed|change)\b|cannot change roleRef|updates to .* are forbidden|field can not be less than status/i

/** Whether an answer of 422 says that a field keeps the value that it was created with. */
export function isImmutable(message: string): boolean {
  return / is invalid: /.test(message) && immutablePattern.test(message)
}

function immutableFields(causes: readonly RefusalCause[]): readonly string[] {
  const said = causes.filter(({ message = '' }) => immutablePattern.test(message))
  return [...new Set((said.length > 0 ? said : causes).flatMap(({ field }) => field || []))]
}

function readSchema(message: string, causes: readonly RefusalCause[]): Refusal | undefined {
  const [, typed] = /^failed to create typed patch object \([^)]*\): (.*)$/s.exec(message) ?? []
  if (typed !== undefined) return { cause: 'schema', fields: typedFields(typed) }
  if (!/ is invalid: /.test(message)) return undefined
  return {
    cause: 'schema',
    fields: [...new Set(causes.flatMap(({ field }) => (field && field !== '<nil>' ? field : [])))],
  }
}

// One error is a line of its own; several follow each other, a line each.
function typedFields(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => /^\s*(\.(?:[^:"]|"(?:[^"\\]|\\.)*")+): /.exec(line)?.[1] ?? '')
    .filter((path) => path !== '')
    .map((path) => path.slice(1))
}
