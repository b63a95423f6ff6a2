/** Why a file that SOPS encrypted cannot be used. Neither text ever holds a value of it. */
export class SopsError extends Error {
  override readonly name = 'SopsError'
  readonly try: string
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number

  constructor(message: string, remedy: string, line = 0) {
    super(message)
    this.try = remedy
    this.line = line
  }
}
