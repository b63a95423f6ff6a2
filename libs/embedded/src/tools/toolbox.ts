import { existsSync } from 'node:fs'
import { openBuildSession, type BuildSession } from './build-session.ts'
import { buildTool } from './build-tool.ts'
import { findTool, type Tool } from './find-tool.ts'
import type { ToolName } from './known-tools.ts'
import { knownTools } from './known-tools.ts'
import { checkMeans } from './means-to-build.ts'
import type { ToolProgress } from './progress.ts'
import { cachedTool, cacheFolder } from './tool-cache.ts'
import { toolMissing } from './tool-missing-error.ts'

export type ToolboxOptions = {
  /** Where settings, PATH and HOME are read. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  readonly onProgress?: (progress: ToolProgress) => void
  readonly signal?: AbortSignal
}

/** Finds tools, and builds those that are nowhere, one after another in the order asked for. */
export type Toolbox = AsyncDisposable & {
  /** Rejects with `ToolMissingError` when the tool is nowhere and cannot be built. */
  find(name: ToolName): Promise<Tool>
}

/** Finds one tool, or builds it. See `openToolbox` for several. */
export async function findOrBuildTool(name: ToolName, options: ToolboxOptions = {}): Promise<Tool> {
  await using toolbox = openToolbox(options)
  return await toolbox.find(name)
}

/**
 * Opens a toolbox. Until it is disposed, what one build has compiled serves the next; then it is removed. It is kept
 * when a build was broken off, so that the next attempt goes on from there.
 */
export function openToolbox({ env = process.env, onProgress = () => undefined, signal }: ToolboxOptions = {}): Toolbox {
  let session: BuildSession | undefined
  let brokenOff = false
  let queue: Promise<unknown> = Promise.resolve()

  async function build(name: ToolName, looked: readonly string[]): Promise<Tool> {
    const path = cachedTool(name, env)
    const { version } = knownTools[name]
    session ??= await openBuildSession(cacheFolder(env), {
      satisfied: () => existsSync(path),
      onWait: (holder) => onProgress({ kind: 'waiting', tool: name, holder }),
      signal,
    })
    if (!session || existsSync(path)) return { path, version, source: 'cache' }

    const { go, freeBytes } = await checkMeans(name, looked, env)
    onProgress({ kind: 'started', tool: name, version, go, freeBytes })
    brokenOff = true
    const { buildCache } = session
    await buildTool(name, { env, buildCache, target: path, onProgress, signal }).catch((cause: Error) => {
      signal?.throwIfAborted()
      throw toolMissing(name, looked, cause.message, { cause })
    })
    brokenOff = false
    return { path, version, source: 'built' }
  }

  return {
    async find(name) {
      const found = await findTool(name, env)
      if ('path' in found) return found
      const built = queue.then(() => build(name, found.looked))
      queue = built.catch(() => undefined)
      return await built
    },
    async [Symbol.asyncDispose]() {
      await queue
      await session?.close(brokenOff)
    },
  }
}
