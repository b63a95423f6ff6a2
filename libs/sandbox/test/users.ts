import { execFileSync } from 'node:child_process'
import type { SandboxedRun, SandboxLimits } from '../src/index.ts'
import type { Outcome } from './run-elsewhere.ts'

const mebi = 1024 ** 2
const nobody = 65534

export const isRoot = process.getuid?.() === 0

/** As whom tests start a sandbox: without root there is no other user to run it as. */
export const users: readonly [string, number | undefined][] = [
  ['this user', undefined],
  ...(isRoot ? [['an ordinary user', nobody] as [string, number]] : []),
]

/** Without Go there is no program that tries to get out. */
export function hasGo(): boolean {
  try {
    execFileSync('go', ['version'])
    return true
  } catch {
    return false
  }
}

export function probing(
  probe: string,
  args: readonly string[],
  limits: Partial<SandboxLimits> = {},
): Omit<SandboxedRun, 'files' | 'signal'> {
  return {
    command: 'probe',
    args,
    programs: { probe },
    limits: { timeoutMs: 30_000, memoryBytes: 128 * mebi, outputBytes: mebi, diskBytes: 8 * mebi, ...limits },
  }
}

/** What the program told as JSON. */
export function told(outcome: Outcome): unknown {
  if (!('stdout' in outcome)) throw new Error(outcome.message)
  return JSON.parse(outcome.stdout)
}
