/** `time` and `memory`: the script took more than it may. `script`: it is faulty, or failed. */
export type LuaFailure = 'time' | 'memory' | 'script'

/** A script did not come to a result. */
export class LuaError extends Error {
  override readonly name = 'LuaError'
  readonly failure: LuaFailure

  constructor(failure: LuaFailure, message: string) {
    super(message)
    this.failure = failure
  }
}
