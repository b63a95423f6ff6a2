import { isId } from './id.ts'
import { proxyUrlProblem } from './remote-url.ts'
import type { Checked, Problem } from './checked.ts'

/** The operator's: services have it from their own settings, and nobody registers, changes or removes it. */
export const defaultCluster = 'default'

export type ClusterCredentialType = 'token' | 'certificate'

/** A registered cluster. Its credentials lie sealed beside the log; here is only which kind they are of. */
export type ClusterConfig = {
  readonly id: string
  /** `https://host:port`, with a path where there is one. */
  readonly server: string
  /** The context of the kubeconfig that it was registered by; null when it was by server and token. */
  readonly context: string | null
  /** PEM certificates that are trusted in place of the system's. */
  readonly ca: string | null
  /** What the server's certificate is for, where that is not the host of `server`. */
  readonly tls_server_name: string | null
  readonly proxy: string | null
  readonly credentials: ClusterCredentialType
  /** Keyed digest of what is sealed: tells that it is another, and nothing else. */
  readonly fingerprint: string
  /** Uid of the Namespace kube-system, by which a cluster is known whatever its address; null if it was not to be read. */
  readonly uid: string | null
}

export type ClusterRequest = Omit<ClusterConfig, 'context' | 'ca' | 'tls_server_name' | 'proxy' | 'uid'> &
  Partial<Pick<ClusterConfig, 'context' | 'ca' | 'tls_server_name' | 'proxy' | 'uid'>>

/** An event holds 64 KiB. */
const caBytesAtMost = 40 * 1024
const textAtMost = 2_048

/** Fills the defaults in and checks what needs no network; all problems are told at once, and none repeats a secret. */
export function clusterConfig(request: ClusterRequest): Checked<ClusterConfig> {
  const { id, server, context = null, ca = null, tls_server_name: name = null, proxy = null, uid = null } = request
  const proxyProblem = proxy === null ? undefined : proxyUrlProblem(proxy)
  const problems: Problem[] = [
    ...idProblems(id),
    ...serverProblems(server),
    ...(proxyProblem === undefined ? [] : [{ field: 'proxy', message: proxyProblem }]),
    ...(ca === null ? [] : caProblems(ca)),
    ...(name === null || /^[\w.:-]{1,253}$/.test(name)
      ? []
      : [{ field: 'tls_server_name', message: 'is no host name or address' }]),
    ...(context === null || context.length <= 1_000 ? [] : [{ field: 'context', message: 'is longer than 1000' }]),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const { credentials, fingerprint } = request
  const value = { id, server, context, ca, tls_server_name: name, proxy, credentials, fingerprint, uid }
  return { ok: true, value }
}

function idProblems(id: string): Problem[] {
  if (id === defaultCluster)
    return [
      {
        field: 'id',
        message:
          "names the operator's own cluster, which the services have from their settings (PLIMSOLL_KUBECONFIG, `plimsoll up --kubeconfig`): choose another id",
      },
    ]
  return isId(id)
    ? []
    : [
        {
          field: 'id',
          message: `${JSON.stringify(id)} is no id: use lower-case letters, digits, "-" and ".", at most 63`,
        },
      ]
}

function serverProblems(server: string): Problem[] {
  const refuse = (message: string): Problem[] => [{ field: 'server', message }]
  if (server === '') return refuse('is missing')
  if (server.length > textAtMost) return refuse(`is longer than ${textAtMost} characters`)
  const url = URL.parse(server)
  // eslint-disable-next-line no-control-regex
  if (url === null || /[\u0000-\u0020\u007f]/.test(server)) return refuse('is no URL: write https://host:port')
  if (url.protocol !== 'https:') return refuse('must be https: credentials are sent to it')
  if (url.username !== '' || url.password !== '') return refuse('holds a user or password: give a token')
  if (url.search !== '' || url.hash !== '') return refuse('has a query or a fragment')
  return []
}

function caProblems(ca: string): Problem[] {
  if (ca.length > caBytesAtMost) return [{ field: 'ca', message: `is larger than ${caBytesAtMost} bytes` }]
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(ca))
    return [{ field: 'ca', message: 'holds a private key: give the certificates alone' }]
  return /-----BEGIN CERTIFICATE-----/.test(ca) ? [] : [{ field: 'ca', message: 'holds no PEM certificate' }]
}
