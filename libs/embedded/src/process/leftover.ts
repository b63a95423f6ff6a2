import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processStart } from './process-start.ts'

type PidFile = { readonly pid: number; readonly start: string; readonly signal: NodeJS.Signals }

/** Notes who runs, so that the next start can end what a killed parent left behind. */
export function writePidFile(file: string, pid: number, signal: NodeJS.Signals): void {
  const entry: PidFile = { pid, start: processStart(pid) ?? '', signal }
  writeFileSync(file, JSON.stringify(entry), { mode: 0o600 })
}

export function pidFileOf(folder: string, name: string): string {
  return join(folder, `${name}.pid`)
}

/** Ends the process that a folder's pid file names, if it is still the same one, and removes the file. */
export async function reapLeftover(folder: string, name: string): Promise<void> {
  const file = pidFileOf(folder, name)
  const entry = readPidFile(file)
  if (entry) await endProcess(entry.pid, entry.start, entry.signal)
  rmSync(file, { force: true })
}

/** Ends a process that is not our child: `signal` first, SIGKILL after ten seconds. */
export async function endProcess(pid: number, start: string, signal: NodeJS.Signals): Promise<void> {
  const deadline = Date.now() + 10_000
  let sent = false
  while (processStart(pid) === start) {
    if (!sent || Date.now() > deadline) tell(pid, sent ? 'SIGKILL' : signal)
    sent = true
    await delay(20)
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function readPidFile(file: string): PidFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PidFile
  } catch {
    return undefined
  }
}
