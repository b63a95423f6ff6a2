export type Check = {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do; empty when nothing is. */
  readonly try: string
}

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message, try: '' }
}

/** Plimsoll goes on, with less. */
export function warn(name: string, message: string, remedy: string): Check {
  return { name, state: 'warn', message, try: remedy }
}

export function fail(name: string, message: string, remedy: string): Check {
  return { name, state: 'fail', message, try: remedy }
}
