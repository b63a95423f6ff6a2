/** One thing that is wrong with one file. */
export type ManifestError = {
  readonly file: string
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number
  /** What is wrong, in one line. */
  readonly message: string
  /** What to do about it. */
  readonly try: string
}

/** Files that do not render: every error found, not only the first. */
export class InvalidManifestsError extends Error {
  override readonly name = 'InvalidManifestsError'
  readonly errors: readonly ManifestError[]

  constructor(errors: readonly ManifestError[]) {
    super(errors.map(describeManifestError).join('\n'))
    this.errors = errors
  }
}

/** `apps/web.yaml:12: the key "name" is given twice; keep one of them` */
export function describeManifestError({ file, line, message, try: remedy }: ManifestError): string {
  return `${file}${line > 0 ? `:${line}` : ''}: ${message}; ${remedy}`
}
