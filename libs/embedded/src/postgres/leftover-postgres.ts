import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess } from '../process/leftover.ts'
import { processStart } from '../process/process-start.ts'

/**
 * Clears what a killed Postgres left behind in a data folder: backends that outlived their postmaster (a new one
 * refuses to start beside them), and a `postmaster.pid` whose number now belongs to a stranger.
 */
export async function clearLeftoverPostgres(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const pid = pidIn(file)
  for (const process of processesIn(data)) {
    const start = processStart(process)
    // Each the quickest end that loses nothing: a postmaster shuts down, a backend without one just leaves.
    if (start !== undefined) await endProcess(process, start, process === pid ? 'SIGINT' : 'SIGQUIT')
  }
  // Nobody works in the folder any more, so whoever has this number is not Postgres.
  if (process.platform === 'linux' && pid !== undefined && processStart(pid) !== undefined) rmSync(file)
}

/** Every Postgres process has the data folder as its working folder. */
function processesIn(folder: string): readonly number[] {
  if (process.platform !== 'linux') return []
  const real = realpathSync(folder)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingFolder(name) === real)
    .map(Number)
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function pidIn(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}
