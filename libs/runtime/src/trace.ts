import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

// The API alone, without an SDK, remembers no context across `await`.
const current = new AsyncLocalStorage<SpanContext>()

/**
 * Runs `fn` in a span that continues the given W3C `traceparent`, or starts a trace without one (or with one that is none).
 * Without an SDK no span is recorded, but there is still one trace id to write into the log.
 */
export function inSpan<T>(name: string, traceparent: string | null | undefined, fn: () => Promise<T>): Promise<T> {
  const parent = parseTraceparent(traceparent) ?? undefined
  return trace.getTracer('plimsoll').startActiveSpan(name, {}, contextOf(parent), async (span) => {
    const own = span.spanContext()
    try {
      return await current.run(isSpanContextValid(own) ? own : freshContext(), fn)
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
      throw error
    } finally {
      span.end()
    }
  })
}

/** The `traceparent` of the span that runs now; a new one when none does. */
export function currentTraceparent(): string {
  return formatTraceparent(activeContext() ?? freshContext())
}

/** The trace that runs now, if one does. */
export function currentTraceId(): string | undefined {
  return activeContext()?.traceId
}

/** @returns null when the text is not a traceparent of version 00 */
export function parseTraceparent(text: string | null | undefined): SpanContext | null {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : null
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
}

function activeContext(): SpanContext | undefined {
  const own = trace.getActiveSpan()?.spanContext()
  return own !== undefined && isSpanContextValid(own) ? own : current.getStore()
}

function contextOf(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
}

// Sampled, so that a later service which does record spans records those of this trace.
function freshContext(): SpanContext {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.SAMPLED,
  }
}
