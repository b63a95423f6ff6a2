/**
 * Why a sandboxed program did not come to its own end: `unavailable` (the system lets us make no sandbox, or not run
 * this program in it), `timeout`, `memory` or `output` (it took more than it may), `lapsed` (it may not run any longer: see
 * `heldUntil`), `failed` (anything else).
 */
export type SandboxFailure = 'unavailable' | 'timeout' | 'memory' | 'output' | 'lapsed' | 'failed'

/** A sandboxed program was stopped, or never started. The message holds nothing of what it wrote. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly reason: SandboxFailure
  /** What to do about it. */
  readonly try: string

  constructor(reason: SandboxFailure, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.try = remedy
  }
}
