/** Takes values out of a text that arrives in pieces. */
export type OutputMask = {
  /** What of the text so far can be shown: a value may be only half there. */
  readonly write: (text: string) => string
  /** The rest. */
  readonly end: () => string
}

// Shorter ones are part of every second word, and tell nothing.
const shortestValue = 4
// A line of a value of several lines: what is shorter is found in every other file.
const shortestLine = 8
// What is longer is hidden piece by piece.
const longestNeedle = 4_096

/** Where the program `base64` breaks a line. */
const base64Line = 76

const mask = '***'

/**
 * Every form in which a value is likely to be printed: as it is, in base64, in a JSON text, in a URL; and line by line. Longest
 * first, none with a line break.
 */
export function needlesOf(values: Iterable<string>): readonly string[] {
  const needles = new Set<string>()
  for (const value of values) {
    if (value.length < shortestValue) continue
    const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '')
    const forms = [
      value,
      base64,
      base64.replaceAll('+', '-').replaceAll('/', '_'),
      base64.replaceAll(new RegExp(`.{${base64Line}}`, 'g'), '$&\n'),
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value.toWellFormed()),
    ]
    for (const form of forms)
      for (const line of form.split(/\r?\n/))
        for (const piece of piecesOf(line))
          if (piece.length >= (line === value ? shortestValue : shortestLine)) needles.add(piece)
  }
  return [...needles].toSorted((a, b) => b.length - a.length)
}

function piecesOf(line: string): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at < line.length; at += longestNeedle) pieces.push(line.slice(at, at + longestNeedle))
  return pieces
}

/** `needles`: of needlesOf. */
export function openMask(needles: readonly string[]): OutputMask {
  const [longest] = needles
  if (longest === undefined) return { write: (text) => text, end: () => '' }
  const byStart = Map.groupBy(needles, (needle) => startAt(needle, 0))
  const needleAt = (text: string, at: number) =>
    byStart.get(startAt(text, at))?.find((needle) => text.startsWith(needle, at))
  let held = ''

  /** Shows what begins before `until`. */
  const show = (text: string, until: number): string => {
    let shown = ''
    let from = 0
    for (let at = 0; at < until; at += 1) {
      const needle = needleAt(text, at)
      if (needle === undefined) continue
      shown += text.slice(from, at) + mask
      from = at + needle.length
      at = from - 1
    }
    const end = Math.max(from, until)
    held = text.slice(end)
    return shown + text.slice(from, end)
  }

  return {
    write: (text) => {
      const all = held + text
      // No value goes over a line's end, and none is longer than the longest.
      return show(all, Math.max(0, all.lastIndexOf('\n') + 1, all.length - longest.length + 1))
    },
    end: () => show(held, held.length),
  }
}

/** A number for the first signs of a value: thousands of values cost no more than one. */
function startAt(text: string, at: number): number {
  let start = 0
  for (let i = 0; i < shortestValue; i += 1) start = (Math.imul(start, 31) + text.charCodeAt(at + i)) | 0
  return start
}
