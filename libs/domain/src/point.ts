import { parseDuration } from './duration.ts'

/**
 * A state to compare: what a revision declares, or what was applied at a moment. `@` begins a moment: `@now`, `@2h` ago,
 * `@2026-11-23T07:00Z`, or `@4711`, a position in the log. Anything else is a revision, also `refs/heads/@odd`.
 */
export type Point =
  | { readonly kind: 'revision'; readonly ref: string }
  | { readonly kind: 'position'; readonly position: number }
  /** Milliseconds since 1970. */
  | { readonly kind: 'instant'; readonly at: number }

export type Moment = Exclude<Point, { readonly kind: 'revision' }>

/** Reads a point as people write it. `now`: milliseconds since 1970. Answers what is wrong with it, for a reader. */
export function parsePoint(text: string, now: number): { readonly point: Point } | { readonly problem: string } {
  return text.startsWith('@') ? parseMoment(text, now) : { point: { kind: 'revision', ref: text } }
}

/** Reads a point where only a moment can be meant: `@` may be left out. */
export function parseMoment(text: string, now: number): { readonly point: Moment } | { readonly problem: string } {
  const moment = text.startsWith('@') ? text.slice(1) : text
  if (moment === 'now') return { point: { kind: 'instant', at: now } }
  if (/^\d{1,15}$/.test(moment)) return { point: { kind: 'position', position: Number(moment) } }
  const ago = parseDuration(moment)
  const at = ago === undefined ? instantOf(moment) : now - ago
  if (at === undefined)
    return {
      problem: `${JSON.stringify(text.slice(0, 60))} is no moment: write @now, @2h (ago), @2026-11-23T07:00Z, or @4711 (a position in the log)`,
    }
  if (at > now) return { problem: `${text} lies in the future` }
  return { point: { kind: 'instant', at } }
}

const date = String.raw`\d{4}-\d{2}-\d{2}`
const time = String.raw`\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?`
const instant = new RegExp(`^${date}(?:T${time}(?:Z|[+-]\\d{2}:\\d{2}))?$`)

/** A date alone is its beginning in UTC; a time of day without a zone would mean another instant to each reader. */
function instantOf(text: string): number | undefined {
  const at = instant.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
