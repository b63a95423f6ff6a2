import type { Fault, Problem } from '@plimsoll/domain'

export type RefusalKind = 'invalid' | 'not-found' | 'precondition' | 'too-late' | 'unauthenticated' | 'unavailable'

/** The request is not carried out, for reasons that the caller should read. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError'
  readonly kind: RefusalKind
  readonly faults: readonly Fault[]

  constructor(kind: RefusalKind, faults: readonly Fault[], options?: ErrorOptions) {
    super(
      faults.map(({ what, where, because }) => `${what}${where === '' ? '' : ` (${where})`}: ${because}`).join('\n'),
      options,
    )
    this.kind = kind
    this.faults = faults
  }
}

/** All that is wrong with the fields of a request, at once. */
export function invalid(problems: readonly Problem[]): RefusalError {
  return new RefusalError(
    'invalid',
    problems.map(({ field, message }) => ({
      what: 'The request is refused',
      where: field,
      because: message,
      try: `Correct ${field} and send it again.`,
    })),
  )
}

export function notFound(what: string, because: string, remedy: string): RefusalError {
  return new RefusalError('not-found', [{ what, where: '', because, try: remedy }])
}

export function precondition(what: string, where: string, because: string, remedy: string): RefusalError {
  return new RefusalError('precondition', [{ what, where, because, try: remedy }])
}
