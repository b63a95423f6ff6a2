import { isId } from '@plimsoll/domain'
import { invalid } from '../refusal-error.ts'

const defaultSize = 100
const largestSize = 1_000

type PageRequest = { readonly pageSize: number; readonly pageToken: string }

/** Which part of a list is asked for. @throws RefusalError */
export function pageOf(request: PageRequest): { readonly after: string; readonly limit: number } {
  const after = decoded(request)
  if (request.pageToken !== '' && !isId(after)) throw noToken()
  return { after, limit: limitOf(request) }
}

/** The token of the page after one that ended with `last`; empty when it was the last page. */
export function nextPageToken(last: string | undefined, isFull: boolean): string {
  return last === undefined || !isFull ? '' : Buffer.from(last).toString('base64url')
}

/** The same for a list of the past: its pages show the moment of the first. `position` is missing in the first. */
export function pastPageOf(request: PageRequest): {
  readonly after: string
  readonly limit: number
  readonly position?: number
} {
  const limit = limitOf(request)
  if (request.pageToken === '') return { after: '', limit }
  const [, position, after = ''] = /^@(\d{1,15}) (.+)$/s.exec(decoded(request)) ?? []
  if (position === undefined) throw noToken()
  return { after, limit, position: Number(position) }
}

export function nextPastPageToken(position: number, last: string | undefined, isFull: boolean): string {
  return nextPageToken(last === undefined ? undefined : `@${position} ${last}`, isFull)
}

function decoded({ pageToken }: PageRequest): string {
  return Buffer.from(pageToken, 'base64url').toString('utf8')
}

function limitOf({ pageSize }: PageRequest): number {
  return Math.min(pageSize || defaultSize, largestSize)
}

function noToken(): Error {
  return invalid([{ field: 'page_token', message: 'is none that a list answered' }])
}
