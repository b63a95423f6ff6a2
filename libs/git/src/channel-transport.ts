import type { ParsedUrl } from './parse-remote-url.ts'
import { SourceError } from './source-error.ts'
import type { Transport, TransportContext } from './transport.ts'

export function openChannelTransport(
  context: TransportContext,
  _parsed: Exclude<ParsedUrl, { transport: 'http' }>,
): Transport {
  throw new SourceError(context.remote, 'protocol', { because: 'SSH is not there yet', remedy: 'use https' })
}
