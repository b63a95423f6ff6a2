/** Something that is wrong with one manifest or one object, as a person should read it. */
export type Fault = {
  readonly what: string
  /** `k8s/web.yaml:12`, or the object. */
  readonly where: string
  readonly because: string
  readonly try: string
}

const faultsAtMost = 40
const longestText = 300
/** An event holds 64 KiB as JSON, and more than its faults. */
const mostBytes = 52_000

/** As many faults as fit into an event, and of each as much as a person reads. */
export function boundFaults(faults: readonly Fault[]): readonly Fault[] {
  const bounded = faults.slice(0, faultsAtMost).map((fault) => ({
    what: bound(fault.what),
    where: bound(fault.where),
    because: bound(fault.because),
    try: bound(fault.try),
  }))
  let bytes = 0
  const tooMany = bounded.findIndex((fault) => (bytes += bytesOf(fault)) > mostBytes)
  return tooMany < 0 ? bounded : bounded.slice(0, tooMany)
}

// Quotes are escaped, and a sign of many languages takes three bytes.
function bytesOf(fault: Fault): number {
  return new TextEncoder().encode(JSON.stringify(fault)).length + 1
}

function bound(text: string): string {
  return boundText(text, longestText)
}

/** The beginning of a text, as long as a sentence of an error needs to be; for what others say and we record. */
export function boundText(text: string, longest = 1_000): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`
}

/** Whether two texts say the same of the world: a port, a span or a count that differs is no news worth an event. */
export function isSameReason(a: string, b: string): boolean {
  return a === b || a.replaceAll(/\d+/g, '0') === b.replaceAll(/\d+/g, '0')
}

/** One line for all faults: the first, and how many more there are. */
export function faultsText(faults: readonly Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'it failed for no reason that is known'
  const { what, where, because } = first
  return `${bound(what)} (${bound(where)}): ${bound(because)}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`
}
