import { KubernetesError } from './kubernetes-error.ts'
import type { ObjectRef } from '@plimsoll/domain'

const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME|SSL|TLS/

/** An error of the connection itself, before or instead of an answer. */
export function connectionError(error: unknown, server: string, ref?: ObjectRef): KubernetesError {
  if (error instanceof KubernetesError) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const untrusted = certificateCode.test(code)
  return new KubernetesError({
    kind: untrusted ? 'untrusted' : 'unavailable',
    message: `${untrusted ? 'cannot trust' : 'cannot reach'} the API server ${server}: ${message}`,
    retryable: !untrusted,
    reason: code,
    ref,
    cause: error,
  })
}
