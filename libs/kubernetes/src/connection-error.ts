import { KubeconfigError } from './kubeconfig.ts'
import { KubernetesError } from './kubernetes-error.ts'
import type { ObjectRef } from '@plimsoll/domain'

const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME|SSL|TLS/

/** The cluster was closed by this process itself: there is nothing to wait for. */
export class ClusterClosedError extends Error {
  override readonly name = 'ClusterClosedError'

  constructor() {
    super('the connection to the cluster was closed')
  }
}

/** An error of the connection itself, before or instead of an answer. What is known already passes as it is. */
export function connectionError(error: unknown, server: string, ref?: ObjectRef): Error {
  if (error instanceof KubernetesError || error instanceof KubeconfigError || error instanceof ClusterClosedError)
    return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const untrusted = certificateCode.test(code)
  return new KubernetesError({
    kind: untrusted ? 'untrusted' : 'unavailable',
    message: `${untrusted ? 'cannot trust' : 'cannot reach'} the API server ${server}: ${message}`,
    retryable: true,
    reason: code,
    ref,
    cause: error,
  })
}
