import { parseStream } from '@plimsoll/domain'
import { invalid } from '../refusal-error.ts'

/** A stream at a version: what a query must have seen. */
export type Token = { readonly stream: string; readonly version: number }

/** `workflow-shop@7` */
export function formatToken(stream: string, version: number): string {
  return `${stream}@${version}`
}

/** undefined for an empty text. @throws RefusalError when it is no token */
export function parseToken(text: string, field: string): Token | undefined {
  if (text === '') return undefined
  const [, stream, version] = /^([a-z][a-z0-9.-]{0,99})@(\d{1,15})$/.exec(text) ?? []
  if (stream === undefined || version === undefined || parseStream(stream) === undefined)
    throw invalid([
      { field, message: `${JSON.stringify(text.slice(0, 200))} is no token: give one that a command answered` },
    ])
  return { stream, version: Number(version) }
}
