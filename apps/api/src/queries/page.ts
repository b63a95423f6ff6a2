import { isId } from '@plimsoll/domain'
import { invalid } from '../refusal-error.ts'

const defaultSize = 100
const largestSize = 1_000

/** Which part of a list is asked for. @throws RefusalError */
export function pageOf(request: { readonly pageSize: number; readonly pageToken: string }): {
  readonly after: string
  readonly limit: number
} {
  const after = Buffer.from(request.pageToken, 'base64url').toString('utf8')
  if (request.pageToken !== '' && !isId(after))
    throw invalid([{ field: 'page_token', message: 'is none that a list answered' }])
  return { after, limit: Math.min(request.pageSize || defaultSize, largestSize) }
}

/** The token of the page after one that ended with `last`; empty when it was the last page. */
export function nextPageToken(last: string | undefined, isFull: boolean): string {
  return last === undefined || !isFull ? '' : Buffer.from(last).toString('base64url')
}
