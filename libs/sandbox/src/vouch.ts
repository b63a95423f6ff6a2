import type { Writable } from 'node:stream'
import type { SandboxedRun } from './sandboxed-run.ts'

const vouchEveryMs = 1_000

/** Tells the launcher until when all of it may go on, as that moves on. */
export function vouch(lease: Writable | undefined, heldUntil: SandboxedRun['heldUntil']): Disposable {
  if (lease === undefined || heldUntil === undefined) return { [Symbol.dispose]: () => {} }
  let told = ''
  lease.on('error', () => {})
  const timer = setInterval(() => {
    const now = instant(heldUntil())
    if (now !== told) lease.write(`${now}\n`)
    told = now
  }, vouchEveryMs)
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      lease.end()
    },
  }
}

/** Milliseconds since 1970. */
export function instant(time: Date): string {
  return String(time.getTime())
}
