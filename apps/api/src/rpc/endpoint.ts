import type { HandlerContext } from '@connectrpc/connect'
import { inSpan } from '@plimsoll/runtime'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { actorKey, isStillGood, unauthenticated } from './authenticate.ts'
import { toConnectError } from './connect-error.ts'

/** A token that is taken back ends the streams that it opened within this time. */
const tokenCheckMs = 4_000

type Edge = Pick<Dependencies, 'log' | 'logger'>

/** Serves a handler: its errors become codes, its events carry the caller's trace. */
export function unary<Request, Response>(
  { logger }: Edge,
  handle: (request: Request, call: Call) => Promise<Response>,
): (request: Request, context: HandlerContext) => Promise<Response> {
  return async (request, context) => {
    try {
      return await inSpan(nameOf(context), context.requestHeader.get('traceparent'), () =>
        handle(request, { actor: context.values.get(actorKey), signal: context.signal }),
      )
    } catch (error) {
      throw toConnectError(error, logger)
    }
  }
}

/** The same for a handler that answers a stream, which ends soon after its token does. */
export function streaming<Request, Response>(
  edge: Edge,
  handle: (request: Request, call: Call) => AsyncIterable<Response>,
): (request: Request, context: HandlerContext) => AsyncIterable<Response> {
  return async function* (request, context) {
    const expiry = new AbortController()
    const timer = setInterval(() => {
      isStillGood(edge, context.requestHeader).then(
        (good) => good || expiry.abort(unauthenticated()),
        // Whether it is good cannot be said now: asked again soon.
        () => {},
      )
    }, tokenCheckMs)
    const signal = AbortSignal.any([context.signal, expiry.signal])
    try {
      yield* handle(request, { actor: context.values.get(actorKey), signal })
    } catch (error) {
      throw toConnectError(error, edge.logger)
    } finally {
      clearInterval(timer)
    }
  }
}

function nameOf({ service, method }: HandlerContext): string {
  return `${service.typeName}/${method.name}`
}
