import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

/** Where a cluster is and who we are there, as one context of a kubeconfig says. Paths are absolute. */
export type ClusterAccess = {
  readonly context: string
  readonly namespace: string | undefined
  readonly cluster: ClusterEntry
  readonly user: UserEntry
}

export type ClusterEntry = {
  readonly server: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
}

export type UserEntry = {
  readonly name: string
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly as?: string
  readonly 'as-uid'?: string
  readonly 'as-groups'?: readonly string[]
  readonly exec?: Readonly<Record<string, unknown>>
  readonly 'auth-provider'?: Readonly<Record<string, unknown>>
}

export type KubeconfigSource = {
  readonly kubeconfig?: string | undefined
  readonly kubeconfigText?: string | undefined
  readonly context?: string | undefined
}

/** The kubeconfig cannot be used; `field` is its path inside the file, where one field is to blame. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
  readonly field: string | undefined

  constructor(message: string, field?: string, options?: ErrorOptions) {
    super(message, options)
    this.field = field
  }
}

type Named = { readonly name?: unknown }
type Kubeconfig = {
  readonly clusters?: readonly (Named & { readonly cluster?: ClusterEntry })[]
  readonly users?: readonly (Named & { readonly user?: Omit<UserEntry, 'name'> })[]
  readonly contexts?: readonly (Named & {
    readonly context?: { readonly cluster?: string; readonly user?: string; readonly namespace?: string }
  })[]
  readonly 'current-context'?: string
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
const fileFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const

/**
 * Reads the operator's kubeconfig file, or a user's kubeconfig text; without either, what kubectl would take:
 * `KUBECONFIG` (its first file), `~/.kube/config`, the service account of the pod.
 */
export async function readKubeconfig(source: KubeconfigSource): Promise<ClusterAccess> {
  if (source.kubeconfigText !== undefined) return fromUser(source.kubeconfigText, source.context)
  const path = source.kubeconfig ?? process.env['KUBECONFIG']?.split(':').find((part) => part !== '')
  if (path) return fromFile(path, source.context)
  if (process.env['KUBERNETES_SERVICE_HOST']) return fromPod(process.env)
  return fromFile(join(homedir(), '.kube', 'config'), source.context)
}

async function fromFile(path: string, context: string | undefined): Promise<ClusterAccess> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new KubeconfigError(`cannot read the kubeconfig ${path}: ${error.message}`, undefined, { cause: error })
  })
  const access = select(parseKubeconfig(text, path), context, path)
  const folder = dirname(resolve(path))
  return { ...access, cluster: absolute(access.cluster, folder), user: absolute(access.user, folder) }
}

// Text that came through the API must not make this process read its own files or run a program.
function fromUser(text: string, context: string | undefined): ClusterAccess {
  const access = select(parseKubeconfig(text, 'text'), context, 'text')
  const fields = [
    ...['certificate-authority'].map((field) => ['cluster', field, access.cluster] as const),
    ...['client-certificate', 'client-key', 'tokenFile', 'exec', 'auth-provider'].map(
      (field) => ['user', field, access.user] as const,
    ),
  ]
  for (const [entry, field, holder] of fields) {
    if (!Object.hasOwn(holder, field)) continue
    const way =
      field === 'exec' || field === 'auth-provider' ? 'a token or a client certificate' : `${inlineFormOf(field)}`
    throw new KubeconfigError(`the kubeconfig's ${entry}.${field} is not allowed here: use ${way}`, `${entry}.${field}`)
  }
  return access
}

function inlineFormOf(field: string): string {
  return field === 'tokenFile' ? 'token' : `${field}-data`
}

function fromPod(environment: NodeJS.ProcessEnv): ClusterAccess {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? ''
  return {
    context: 'in-cluster',
    namespace: undefined,
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
      'certificate-authority': `${serviceAccount}/ca.crt`,
    },
    user: { name: 'in-cluster', tokenFile: `${serviceAccount}/token` },
  }
}

function parseKubeconfig(text: string, origin: string): Kubeconfig {
  try {
    const parsed: unknown = parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    // The message of a YAML error quotes lines of the file, which may hold a token.
    const line = (error as { linePos?: { line: number }[] }).linePos?.[0]?.line
    throw new KubeconfigError(`the kubeconfig ${origin} is not YAML${line === undefined ? '' : ` (line ${line})`}`)
  }
  throw new KubeconfigError(`the kubeconfig ${origin} is empty`)
}

function select(config: Kubeconfig, wanted: string | undefined, origin: string): ClusterAccess {
  const context = wanted ?? config['current-context']
  if (!context)
    throw new KubeconfigError(`the kubeconfig ${origin} has no current-context: name one`, 'current-context')
  const entry = find(config.contexts, context, 'contexts', origin).context ?? {}
  const cluster = find(config.clusters, entry.cluster, 'clusters', origin).cluster
  if (!cluster?.server) throw new KubeconfigError(`the cluster ${entry.cluster} has no server`, 'cluster.server')
  if (!/^https:\/\/[^/]/.test(cluster.server)) {
    throw new KubeconfigError(
      `the server of the cluster ${entry.cluster} must be https, not ${cluster.server}`,
      'cluster.server',
    )
  }
  const proxy = cluster['proxy-url']
  if (proxy && !/^https?:\/\/[^/]/.test(proxy)) {
    throw new KubeconfigError(`the proxy of the cluster ${entry.cluster} must be http or https`, 'cluster.proxy-url')
  }
  const user = entry.user === undefined ? undefined : find(config.users, entry.user, 'users', origin).user
  return { context, namespace: entry.namespace, cluster, user: { name: entry.user ?? '', ...user } }
}

function find<T extends Named>(
  entries: readonly T[] | undefined,
  name: string | undefined,
  field: string,
  origin: string,
) {
  const found = Array.isArray(entries) ? entries.find((entry) => entry.name === name) : undefined
  if (found) return found
  const known = Array.isArray(entries) ? entries.map((entry) => String(entry.name)).join(', ') : ''
  throw new KubeconfigError(
    `the kubeconfig ${origin} has no ${field} entry ${name} (it has: ${known || 'none'})`,
    field,
  )
}

function absolute<T extends object>(entry: T, folder: string): T {
  const paths = fileFields.flatMap((field) => {
    const path = (entry as Record<string, unknown>)[field]
    return typeof path === 'string' && path !== '' ? [[field, resolve(folder, path)]] : []
  })
  return { ...entry, ...Object.fromEntries(paths) }
}
