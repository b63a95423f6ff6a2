import { expect } from 'vitest'
import { KubernetesError } from '../src/kubernetes-error.ts'

/** The KubernetesError that the work ends in; fails when it succeeds or throws anything else. */
export async function refusalOf(work: Promise<unknown>): Promise<KubernetesError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KubernetesError)
  return error as KubernetesError
}
