import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ownEnvironment } from './own-environment.ts'
import { pidFileOf, reapLeftover, writePidFile } from './leftover.ts'
import { parentDeathPrefix, watchParent } from './parent-death.ts'
import { PartFailedError } from './part-failed-error.ts'
import type { Exit, Part } from './part.ts'

export type ChildOptions = {
  readonly name: string
  /** Holds `<name>.log` and `<name>.pid`; made with mode 0700. */
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Besides what every program needs: a server must not take settings from the user's ETCD_… or PG… variables. */
  readonly env?: NodeJS.ProcessEnv
  /** Words before the command that end in an exec of what follows them, as `unshare --user`. */
  readonly prefix?: readonly string[]
  readonly uid?: number
  readonly gid?: number
  /** How the server is asked to end, by us and by the death of this process. */
  readonly stopSignal: NodeJS.Signals
  /** How long it may take to end before SIGKILL. */
  readonly stopTimeoutMs: number
}

export type Child = Part & { readonly logFile: string }

const maxLogBytes = 16 * 1024 * 1024

/**
 * Starts a server as a child that writes to a log file, is noted in a pid file, and dies with this process.
 * What an earlier, killed process left running under the same pid file is ended first.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, folder } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pidFile = pidFileOf(folder, name)
  await reapLeftover(folder, name)

  const logFile = join(folder, `${name}.log`)
  const { child, guarded } = spawnInto(logFile, options)
  const exited = exitOf(child)
  const { pid } = child
  if (pid === undefined) throw await neverStarted(options, child)
  writePidFile(pidFile, pid, options.stopSignal)
  const callOff = guarded ? undefined : watchParent(pid, options.stopSignal)
  void exited.then(() => {
    callOff?.()
    rmSync(pidFile, { force: true })
  })

  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= end(child, exited, options))
  return { name, pid, exited, logFile, stop, [Symbol.asyncDispose]: stop }
}

/** The last lines of a log, for an error message. */
export function logTail(file: string, lines = 8): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n    ')
  } catch {
    return '(no log)'
  }
}

function spawnInto(logFile: string, options: ChildOptions): { child: ChildProcess; guarded: boolean } {
  const guard = parentDeathPrefix(options.stopSignal)
  // The guard comes last: entering a user namespace takes it off again.
  const [command = options.command, ...args] = [...(options.prefix ?? []), ...guard, options.command, ...options.args]
  rotate(logFile)
  const log = openSync(logFile, 'a', 0o600)
  try {
    const child = spawn(command, args, {
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal reaches only us, and we end the children in order.
      detached: true,
      cwd: options.cwd ?? options.folder,
      env: { ...ownEnvironment(), ...options.env },
      ...(options.uid !== undefined && { uid: options.uid }),
      ...(options.gid !== undefined && { gid: options.gid }),
    })
    return { child, guarded: guard.length > 0 }
  } finally {
    closeSync(log)
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    // Without a pid it never ran; later errors, as of a kill that came too late, end nothing.
    child.on('error', () => child.pid === undefined && resolve({ code: null, signal: null }))
  })
}

async function neverStarted(options: ChildOptions, child: ChildProcess): Promise<PartFailedError> {
  const cause = await new Promise<Error>((resolve) => child.once('error', resolve))
  return new PartFailedError(
    {
      what: `${options.name} could not be started`,
      where: options.command,
      because: cause.message,
      try: 'check that the file exists and that this user may run it',
    },
    { cause },
  )
}

async function end(child: ChildProcess, exited: Promise<Exit>, options: ChildOptions): Promise<void> {
  child.kill(options.stopSignal)
  const calledOff = new AbortController()
  const late = delay(options.stopTimeoutMs, true, { signal: calledOff.signal }).catch(() => false)
  if (await Promise.race([late, exited.then(() => false)])) child.kill('SIGKILL')
  await exited
  calledOff.abort()
}

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > maxLogBytes) renameSync(logFile, `${logFile}.1`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
