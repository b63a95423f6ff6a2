import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FolderHeldError, holdFolder } from '../process/hold-folder.ts'

/** The right to build tools, which one process at a time has for a cache folder. */
export type BuildSession = {
  /** Where Go keeps what it has compiled. */
  readonly buildCache: string
  /** Gives the right back, and removes what Go has compiled unless a later build is to go on from there. */
  close(keepBuildCache: boolean): Promise<void>
}

export type SessionOptions = {
  /** Whether waiting has become needless. */
  readonly satisfied: () => boolean
  /** Hears once who else is building. */
  readonly onWait: (pid: number) => void
  readonly signal?: AbortSignal | undefined
}

/** Waits for the right to build; undefined when `satisfied` came true first. */
export async function openBuildSession(cache: string, options: SessionOptions): Promise<BuildSession | undefined> {
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  for (let told = false; !options.satisfied(); told = true) {
    try {
      return start(cache, await holdFolder(cache))
    } catch (error) {
      if (!(error instanceof FolderHeldError)) throw error
      if (!told) options.onWait(error.holder.pid)
      await delay(500, undefined, { signal: options.signal })
    }
  }
  return undefined
}

function start(cache: string, hold: AsyncDisposable): BuildSession {
  removeBrokenOff(join(cache, 'tools'))
  const buildCache = join(cache, 'go-build')
  mkdirSync(buildCache, { recursive: true, mode: 0o700 })
  return {
    buildCache,
    async close(keepBuildCache) {
      if (!keepBuildCache) rmSync(buildCache, { recursive: true, force: true })
      await hold[Symbol.asyncDispose]()
    },
  }
}

/** Half-built tools of a process that was killed: nobody else builds now. */
function removeBrokenOff(tools: string): void {
  mkdirSync(tools, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(tools)) {
    if (name.includes('.new-')) rmSync(join(tools, name), { recursive: true, force: true })
  }
}
