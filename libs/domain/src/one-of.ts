/** The word of a list that a text is; undefined if it is none. */
export function oneOf<const T extends string>(text: string, words: readonly T[]): T | undefined {
  return words.find((word) => word === text)
}
