import { KubeconfigError, readKubeconfig } from './kubeconfig.ts'
import type { ClusterAccess, ClusterEntry, UserEntry } from './kubeconfig.ts'
import { pemOf } from './credentials.ts'

/** Who we are to a cluster, as a user gave it: nothing in it reads a file or runs a program. PEM texts. */
export type ClusterCredential =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'certificate'; readonly certificate: string; readonly key: string }

/** The way to a cluster that a user gave. */
export type GivenAccess = {
  /** The context of the kubeconfig; null without one. */
  readonly context: string | null
  readonly server: string
  /** PEM. */
  readonly ca: string | null
  readonly tls_server_name: string | null
  readonly proxy: string | null
  readonly credential: ClusterCredential
}

/** Reads a user's kubeconfig. Throws KubeconfigError, which never shows a secret. */
export async function readGivenKubeconfig(text: string, context: string | undefined): Promise<GivenAccess> {
  const { cluster, user, context: name } = await readKubeconfig({ kubeconfigText: text, context })
  if (cluster['insecure-skip-tls-verify'])
    throw new KubeconfigError(
      "the kubeconfig's cluster.insecure-skip-tls-verify is not allowed here: give certificate-authority-data",
      'cluster.insecure-skip-tls-verify',
    )
  return {
    context: name,
    server: cluster.server,
    ca: textOf(cluster['certificate-authority-data']),
    tls_server_name: cluster['tls-server-name'] || null,
    proxy: cluster['proxy-url'] || null,
    credential: credentialOf(user),
  }
}

function credentialOf(user: UserEntry): ClusterCredential {
  const refused = (['as', 'as-uid', 'as-groups', 'as-user-extra'] as const).find((field) => Object.hasOwn(user, field))
  if (refused !== undefined)
    throw new KubeconfigError(
      `the kubeconfig's user.${refused} is not allowed here: a workflow names the service account that it acts as`,
      `user.${refused}`,
    )
  if (user.token) return { type: 'token', token: user.token }
  const certificate = textOf(user['client-certificate-data'])
  const key = textOf(user['client-key-data'])
  if (certificate !== null && key !== null) return { type: 'certificate', certificate, key }
  throw new KubeconfigError(
    'the kubeconfig has no token and no client certificate with its key: give a token of a service account',
    'user',
  )
}

function textOf(data: string | undefined): string | null {
  return data ? Buffer.from(data, 'base64').toString('utf8') : null
}

/** The same as an entry of a kubeconfig. */
export function accessOf({ context, credential, ...given }: GivenAccess): ClusterAccess {
  const cluster: ClusterEntry = {
    server: given.server,
    ...(given.ca !== null && { 'certificate-authority-data': Buffer.from(given.ca).toString('base64') }),
    ...(given.tls_server_name !== null && { 'tls-server-name': given.tls_server_name }),
    ...(given.proxy !== null && { 'proxy-url': given.proxy }),
  }
  const user: UserEntry =
    credential.type === 'token'
      ? { name: 'given', token: credential.token }
      : {
          name: 'given',
          'client-certificate-data': Buffer.from(credential.certificate).toString('base64'),
          'client-key-data': Buffer.from(credential.key).toString('base64'),
        }
  return { context: context ?? 'given', namespace: undefined, cluster, user }
}

/**
 * One context of a kubeconfig file, with all that it refers to inside, to be sent elsewhere: no other cluster and no other
 * user is in it. Throws KubeconfigError for what cannot go along, such as a credential plug-in.
 */
export async function portableKubeconfig(
  kubeconfig: string | undefined,
  context: string | undefined,
): Promise<{ readonly text: string; readonly context: string }> {
  const access = await readKubeconfig({ kubeconfig, context })
  const { user: given } = access
  for (const field of ['exec', 'auth-provider'] as const)
    if (given[field] !== undefined)
      throw new KubeconfigError(
        `the kubeconfig's user.${field} runs a program of this machine, which no other machine can: use a token, as of a service account, or a client certificate`,
        `user.${field}`,
      )
  const { 'certificate-authority': _ca, ...cluster } = access.cluster
  const { 'client-certificate': _certificate, 'client-key': _key, tokenFile, name: _name, ...user } = given
  const inlined = {
    ...(await inline('certificate-authority-data', access.cluster)),
    user: {
      ...(await inline('client-certificate-data', given)),
      ...(await inline('client-key-data', given)),
      ...(tokenFile && !user.token && { token: (await read(tokenFile)).toString('utf8').trim() }),
    },
  }
  const { user: inlinedUser, ...inlinedCluster } = inlined
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { ...cluster, ...inlinedCluster } }],
    users: [{ name: 'user', user: { ...user, ...inlinedUser } }],
    contexts: [{ name: access.context, context: { cluster: 'cluster', user: 'user' } }],
    'current-context': access.context,
  })
  return { text, context: access.context }
}

async function inline(field: string, entry: object): Promise<Readonly<Record<string, string>>> {
  const known = entry as Readonly<Record<string, string | undefined>>
  const file = field.replace(/-data$/, '')
  const pem = await pemOf(known[field], known[file]).catch((error: Error) => {
    throw new KubeconfigError(`cannot read ${known[file]}: ${error.message}`, file, { cause: error })
  })
  return pem === undefined ? {} : { [field]: pem.toString('base64') }
}

async function read(file: string): Promise<Buffer> {
  const content = await pemOf(undefined, file).catch((error: Error) => {
    throw new KubeconfigError(`cannot read ${file}: ${error.message}`, 'tokenFile', { cause: error })
  })
  return content ?? Buffer.of()
}
