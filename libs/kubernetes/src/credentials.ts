import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node'
import { KubeconfigError } from './kubeconfig.ts'
import type { ClusterAccess, UserEntry } from './kubeconfig.ts'

export type Credentials = {
  /** Headers that say who asks; read anew now and then, as token files and plug-ins rotate theirs. */
  readonly headers: () => Promise<Readonly<Record<string, string | string[]>>>
  /** The client certificate for a new connection, PEM. */
  readonly certificate: () => Promise<{ readonly cert?: string | Buffer; readonly key?: string | Buffer }>
  /** Forgets what is cached: the server answered 401. */
  readonly renew: () => void
}

type Identity = { readonly headers: Record<string, string | string[]>; readonly cert?: Buffer; readonly key?: Buffer }

const rotationMs = 10_000

export function openCredentials(access: ClusterAccess): Credentials {
  const identify = access.user.exec || access.user['auth-provider'] ? byPlugin(access) : () => byKubeconfig(access.user)
  let known: { readonly at: number; readonly identity: Promise<Identity> } | undefined
  let renewed = false

  const identity = (): Promise<Identity> => {
    if (known && performance.now() - known.at < rotationMs) return known.identity
    const asked = { at: performance.now(), identity: identify(renewed) }
    renewed = false
    known = asked
    asked.identity.catch(() => {
      if (known === asked) known = undefined
    })
    return asked.identity
  }

  return {
    headers: async () => (await identity()).headers,
    certificate: identity,
    renew: () => {
      known = undefined
      renewed = true
    },
  }
}

async function byKubeconfig(user: UserEntry): Promise<Identity> {
  const token = user.token ?? (user.tokenFile ? (await readFile(user.tokenFile, 'utf8')).trim() : undefined)
  const cert = await pemOf(user['client-certificate-data'], user['client-certificate'])
  const key = await pemOf(user['client-key-data'], user['client-key'])
  return { headers: headersOf(user, token), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}

export async function pemOf(data: string | undefined, path: string | undefined): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, 'base64')
  return path ? readFile(path) : undefined
}

function headersOf(user: UserEntry, token: string | undefined): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  if (token) headers['authorization'] = `Bearer ${token}`
  else if (user.username !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
  }
  if (user.as) headers['impersonate-user'] = user.as
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid']
  if (user['as-groups']?.length) headers['impersonate-group'] = [...user['as-groups']]
  return headers
}

/**
 * exec and OIDC come from @kubernetes/client-node. It costs 86 MB and half a second to load, so only kubeconfigs that
 * need a plug-in pay for it.
 */
function byPlugin(access: ClusterAccess): (renewed: boolean) => Promise<Identity> {
  let loaded: Promise<KubeConfig> | undefined
  return async (renewed) => {
    if (renewed) loaded = undefined
    const config = await (loaded ??= loadPlugin(access))
    const options: RequestOptions = { headers: {} }
    await config.applyToHTTPSOptions(options).catch((error: Error) => {
      throw new KubeconfigError(`the credential plug-in of ${access.user.name} failed: ${error.message}`, 'user.exec', {
        cause: error,
      })
    })
    const own = await byKubeconfig(access.user)
    const given = Object.entries(options.headers as Record<string, string>)
    return {
      headers: { ...own.headers, ...Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])) },
      ...(options.cert ? { cert: Buffer.from(options.cert as string | Buffer) } : {}),
      ...(options.key ? { key: Buffer.from(options.key as string | Buffer) } : {}),
    }
  }
}

async function loadPlugin({ cluster, user }: ClusterAccess): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const clusterEntry: Cluster = { name: 'cluster', server: cluster.server, skipTLSVerify: true }
  const provider: unknown = structuredClone(user['auth-provider'])
  const userEntry: User = {
    name: user.name,
    exec: user.exec && withExecInfo(user.exec, cluster.server),
    authProvider: provider,
  }
  config.loadFromClusterAndUser(clusterEntry, userEntry)
  return config
}

// client-node starts the plug-in without the environment that client-go promises it; several refuse to run so.
function withExecInfo(exec: Readonly<Record<string, unknown>>, server: string): Record<string, unknown> {
  const info = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server } },
  }
  const environment = Array.isArray(exec['env']) ? exec['env'] : []
  return { ...exec, env: [...environment, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] }
}
