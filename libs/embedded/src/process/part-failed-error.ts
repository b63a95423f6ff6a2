/** A server of ours did not start, or cannot run here. The message is for people: what, where, because, try. */
export class PartFailedError extends Error {
  override readonly name = 'PartFailedError'
  readonly what: string
  readonly where: string
  readonly because: string
  readonly try: string

  constructor(fields: { what: string; where: string; because: string; try: string }, options?: ErrorOptions) {
    super(`${fields.what}\n  where: ${fields.where}\n  because: ${fields.because}\n  try: ${fields.try}`, options)
    this.what = fields.what
    this.where = fields.where
    this.because = fields.because
    this.try = fields.try
  }
}
