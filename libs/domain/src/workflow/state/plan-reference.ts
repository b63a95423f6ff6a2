import type { WorkflowEvent } from '../events/events.ts'

/** Long enough to be unique, short enough to type. */
const shownDigits = 12
const prefixDigits = 8

/** `1a2b3c4d5e6f`, as people type it. */
export function shortDigest(digest: string): string {
  return digest.replace(/^.*:/, '').slice(0, shownDigits)
}

/** Where the log has a plan: which revision it was made of, and the blob that shows it. */
export type FoundPlan = { readonly digest: string; readonly revision: string; readonly plan: string }

export type PlanSearch =
  | { readonly found: FoundPlan }
  | { readonly problem: 'malformed' | 'unknown' }
  | { readonly problem: 'ambiguous'; readonly digests: readonly string[] }

/** Whether a text is meant for this plan: its digest, with or without the word, or eight of its digits at least. */
export function isPlanReference(text: string, digest: string): boolean {
  const digits = digitsOf(text)
  return digits !== undefined && digest.startsWith(`plan:${digits}`)
}

function digitsOf(text: string): string | undefined {
  const digits = /^(?:plan:)?([0-9a-f]{1,64})$/.exec(text.trim().toLowerCase())?.[1]
  return digits === undefined || digits.length < prefixDigits ? undefined : digits
}

/**
 * Finds a plan or preview by its digest (`plan:<hex>`, with or without the word), or by eight of its digits at least, in
 * the events of its workflow. Of several plans with that digest the newest counts: they do the same.
 */
export function findPlan(events: readonly WorkflowEvent[], text: string): PlanSearch {
  const digits = digitsOf(text)
  if (digits === undefined) return { problem: 'malformed' }
  const found = new Map<string, FoundPlan>()
  for (const { type, data } of events)
    if ((type === 'PlanMade' || type === 'PreviewMade') && data.digest.startsWith(`plan:${digits}`))
      found.set(data.digest, { digest: data.digest, revision: data.revision, plan: data.plan })
  const [first, second] = found.values()
  if (first === undefined) return { problem: 'unknown' }
  return second === undefined ? { found: first } : { problem: 'ambiguous', digests: [...found.keys()] }
}
