import { ConnectError } from '@connectrpc/connect'

/** The error that a call ends with. */
export async function refusal(call: () => Promise<unknown>): Promise<ConnectError> {
  const error: unknown = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectError) return error
  throw new Error('the call was not refused', { cause: error })
}
