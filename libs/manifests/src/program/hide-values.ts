import type { ManifestError } from '../manifest-error.ts'
import type { DecryptedValue } from '../sops/decrypt-sops.ts'

// Shorter ones stand in every second word.
const shortest = 3

/** Takes what was decrypted out of what a program said about its input. */
export function hideValues(
  errors: readonly ManifestError[],
  decrypted: readonly DecryptedValue[],
): readonly ManifestError[] {
  const lines = decrypted.flatMap(({ value }) => [value, ...value.split('\n').map((line) => line.trim())])
  const forms = lines
    .filter(({ length }) => length >= shortest)
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('base64')])
  // The longest first: what it holds goes with it.
  const values = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  if (values.length === 0) return errors
  const hide = (text: string) => values.reduce((hidden, value) => hidden.replaceAll(value, '***'), text)
  return errors.map((error) => ({ ...error, message: hide(error.message), try: hide(error.try) }))
}
