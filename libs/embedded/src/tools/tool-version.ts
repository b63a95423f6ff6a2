import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { KnownTool } from './known-tools.ts'

const run = promisify(execFile)

/** The version that a program says it has; undefined when it cannot be run or says none. */
export async function toolVersion(path: string, tool: KnownTool): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(path, tool.versionArguments, { timeout: 20_000 })
    return /\bv?(\d+\.\d+\.\d+)/.exec(stdout + stderr)?.[1]
  } catch {
    return undefined
  }
}

/** Whether a version found elsewhere will do. */
export function fits(version: string, tool: KnownTool): boolean {
  const [major, minor, patch] = numbers(version)
  const [oldestMajor, oldestMinor, oldestPatch] = numbers(tool.oldest)
  if (major !== oldestMajor) return false
  if (minor !== oldestMinor) return minor > oldestMinor && !tool.sameMinor
  return patch >= oldestPatch
}

/** Whether one dotted version is at least another. */
export function atLeast(version: string, least: string): boolean {
  const [a, b] = [numbers(version), numbers(least)]
  const index = a.findIndex((part, i) => part !== b[i])
  return index === -1 || (a[index] ?? 0) > (b[index] ?? 0)
}

function numbers(version: string): readonly [major: number, minor: number, patch: number] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  return [major, minor, patch]
}
