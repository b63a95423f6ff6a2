import { runInNewContext } from 'node:vm'
import { SopsError } from './sops-error.ts'
import type { SopsRule } from './sops-metadata.ts'

const matchWithinMs = 1_000

/** Tells of each path of keys whether the value there is encrypted. Throws SopsError for a pattern that cannot be matched. */
export function encryptionRule(
  { by, pattern }: SopsRule,
  names: ReadonlySet<string>,
): (path: readonly string[]) => boolean {
  const matching = by.endsWith('_suffix')
    ? new Set([...names].filter((name) => name.endsWith(pattern)))
    : matchingNames(by, pattern, [...names])
  const encrypts = by.startsWith('encrypted_')
  return (path) => path.some((name) => matching.has(name)) === encrypts
}

/** The pattern comes from the repository and may be written to match for ever: it runs under a deadline. */
function matchingNames(by: string, pattern: string, names: readonly string[]): ReadonlySet<string> {
  // SOPS reads patterns as Go does; what JavaScript writes otherwise is turned, and the rest refused.
  const [, flags = '', body = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? []
  try {
    const script = 'names.filter((name) => new RegExp(body, flags).test(name))'
    const context = { names, body, flags: `${flags}u` }
    return new Set(runInNewContext(script, context, { timeout: matchWithinMs }) as string[])
  } catch (error) {
    const isLate = (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    throw new SopsError(
      isLate ? `matching its ${by} ran out of time` : `its ${by} is a pattern that is not supported`,
      'use a plain pattern, such as ^(data|stringData)$',
    )
  }
}
