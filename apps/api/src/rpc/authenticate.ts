import { createContextKey, type HandlerContext } from '@connectrpc/connect'
import { findToken } from '@plimsoll/event-log'
import { Health } from '@plimsoll/proto'
import type { Dependencies } from '../dependencies.ts'
import { RefusalError } from '../refusal-error.ts'

/** Name of the access token of a call. */
export const actorKey = createContextKey('', { description: 'the name of the access token' })

/**
 * Every call needs a bearer token, but those for health. Runs before the body of the request is read.
 * @throws RefusalError of kind `unauthenticated`, the same for no token, an unknown and an expired one
 */
export function authenticate({ log }: Pick<Dependencies, 'log'>) {
  return async (context: HandlerContext): Promise<void> => {
    if (context.service.typeName === Health.typeName) return
    const token = bearerToken(context.requestHeader)
    const found = token === undefined ? undefined : await findToken(log, token)
    if (found === undefined) throw unauthenticated()
    context.values.set(actorKey, found.name)
  }
}

/** Whether the token of a call that goes on is still good. */
export async function isStillGood({ log }: Pick<Dependencies, 'log'>, header: Headers): Promise<boolean> {
  const token = bearerToken(header)
  return token === undefined || (await findToken(log, token)) !== undefined
}

export function unauthenticated(): RefusalError {
  return new RefusalError('unauthenticated', [
    {
      what: 'The request is refused',
      where: 'authorization',
      because: 'it has no access token that is known and not expired',
      try: 'Send `authorization: Bearer <token>`; `plimsoll up` writes one for its CLI.',
    },
  ])
}

function bearerToken(header: Headers): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,200})$/i.exec(header.get('authorization') ?? '')?.[1]
}
