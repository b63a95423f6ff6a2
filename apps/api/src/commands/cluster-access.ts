import type { Problem } from '@plimsoll/domain'
import { KubeconfigError, readGivenKubeconfig, type GivenAccess } from '@plimsoll/kubernetes'
import type { RegisterClusterRequest } from '@plimsoll/proto'
import { invalid } from '../refusal-error.ts'

const kubeconfigAtMost = 1024 * 1024
const tokenAtMost = 64 * 1024

/** The way to a cluster as a request gives it. @throws RefusalError, which never repeats a secret */
export async function readClusterAccess(request: RegisterClusterRequest): Promise<GivenAccess> {
  return request.kubeconfig === '' ? byToken(request) : byKubeconfig(request)
}

async function byKubeconfig({ kubeconfig, context, ...rest }: RegisterClusterRequest): Promise<GivenAccess> {
  const also = (['server', 'token', 'ca', 'tlsServerName', 'proxy'] as const).filter((field) => rest[field] !== '')
  if (also.length > 0)
    throw invalid(also.map((field) => ({ field: nameOf(field), message: 'is part of the kubeconfig: leave it out' })))
  if (kubeconfig.length > kubeconfigAtMost) throw invalid([{ field: 'kubeconfig', message: 'is larger than 1 MiB' }])
  try {
    return await readGivenKubeconfig(kubeconfig, context || undefined)
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error
    const field = error.field === undefined ? 'kubeconfig' : `kubeconfig.${error.field}`
    throw invalid([{ field, message: error.message }])
  }
}

function byToken({ context, server, token, ca, tlsServerName, proxy }: RegisterClusterRequest): GivenAccess {
  const problems: Problem[] = [
    ...(context === '' ? [] : [{ field: 'context', message: 'needs a kubeconfig' }]),
    ...(server === '' ? [{ field: 'server', message: 'is missing: give it with a token, or a kubeconfig' }] : []),
    ...tokenProblems(token),
  ]
  if (problems.length > 0) throw invalid(problems)
  return {
    context: null,
    server,
    ca: ca || null,
    tls_server_name: tlsServerName || null,
    proxy: proxy || null,
    credential: { type: 'token', token },
  }
}

function tokenProblems(token: string): Problem[] {
  if (token === '') return [{ field: 'token', message: 'is missing' }]
  if (token.length > tokenAtMost) return [{ field: 'token', message: `is longer than ${tokenAtMost} characters` }]
  return /^[\x21-\x7e]+$/.test(token)
    ? []
    : [{ field: 'token', message: 'holds a space, a line break or another character that no token has' }]
}

function nameOf(field: string): string {
  return field === 'tlsServerName' ? 'tls_server_name' : field
}
