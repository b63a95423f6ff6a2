import { createHmac, hash } from 'node:crypto'

const algorithms = ['md5', 'sha1', 'sha256', 'sha512']

/** Every digest and token that can be read in the texts: hexadecimal and base64, in whole, and the eight digits of a token. */
export function digestsIn(texts: Iterable<string>): {
  readonly whole: ReadonlySet<string>
  readonly tokens: ReadonlySet<string>
} {
  const whole = new Set<string>()
  const tokens = new Set<string>()
  for (const text of texts) {
    for (const [hex] of text.matchAll(
      /(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-f])/gi,
    ))
      whole.add(hex.toLowerCase())
    for (const [run] of text.matchAll(/[A-Za-z0-9+/]{22,86}={0,2}/g))
      whole.add(Buffer.from(run, 'base64').toString('hex'))
    for (const [, token = ''] of text.matchAll(/masked ([0-9a-f]{8})/g)) tokens.add(token)
  }
  return { whole, tokens }
}

/**
 * Those of the guesses that a digest or a token gives away to who has no key: `formsOf` makes the texts that a digest of a
 * guess could have been made over, `publicTexts` is what a careless program might take for a key.
 */
export function giveAways(
  guesses: Iterable<string>,
  formsOf: (guess: string) => readonly string[],
  { whole, tokens }: ReturnType<typeof digestsIn>,
  publicTexts: readonly string[],
): readonly string[] {
  const tells = (hex: string) => whole.has(hex) || tokens.has(hex.slice(0, 8)) || tokens.has(hex.slice(-8))
  return [...guesses].filter((guess) =>
    formsOf(guess).some(
      (form) =>
        algorithms.some((name) => tells(hash(name, form))) ||
        publicTexts.some((key) => tells(createHmac('sha256', key).update(form).digest('hex'))),
    ),
  )
}
