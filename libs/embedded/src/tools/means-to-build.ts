import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { goVersion } from './go.ts'
import { knownTools, type ToolName } from './known-tools.ts'
import { size } from './progress.ts'
import { cacheFolder } from './tool-cache.ts'
import { toolMissing } from './tool-missing-error.ts'

/** Checks that a build can succeed: a fitting Go and enough disk. Rejects with `ToolMissingError`. */
export async function checkMeans(
  name: ToolName,
  looked: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly go: string; readonly freeBytes: number }> {
  const go = await goVersion(env)
  if ('unfit' in go) throw toolMissing(name, looked, `it was not found, and to build it: ${go.unfit}`)
  const cache = cacheFolder(env)
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(cache)
  const freeBytes = bavail * bsize
  const { buildBytes } = knownTools[name]
  if (freeBytes >= buildBytes) return { go: go.version, freeBytes }
  const because = `it was not found, and to build it takes ${size(buildBytes)} of disk; ${cache} has ${size(freeBytes)} free`
  throw toolMissing(name, looked, because)
}
