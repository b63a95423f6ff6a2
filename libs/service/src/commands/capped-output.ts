/** The beginning and the end of what a program wrote. */
export type CappedOutput = {
  readonly add: (text: string) => void
  readonly text: () => string
  /** The last lines, in so many characters at most. */
  readonly tail: (characters: number) => string
}

/** Keeps half of `characters` of the beginning and half of the end, and says how much was between them. */
export function cappedOutput(characters = 65_536): CappedOutput {
  const half = Math.floor(characters / 2)
  let head = ''
  let end = ''
  let dropped = 0
  return {
    add: (text) => {
      const room = half - head.length
      head += text.slice(0, room)
      end += text.slice(Math.max(0, room))
      // Cut seldom: each cut copies what is kept.
      if (end.length > 4 * half) {
        dropped += end.length - half
        end = end.slice(-half)
      }
    },
    text: () => {
      const rest = end.slice(-half)
      const left = dropped + end.length - rest.length
      if (left === 0) return head + end
      return `${head.toWellFormed()}\n[… ${left} characters are left out …]\n${rest.toWellFormed()}`
    },
    tail: (most) => {
      const all = (head + end).trimEnd()
      return all.length <= most ? all : `…${all.slice(1 - most).toWellFormed()}`
    },
  }
}
