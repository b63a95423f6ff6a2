import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { knownTools, type ToolName } from './known-tools.ts'

/** This user's folder of ours for what can be made again: `$XDG_CACHE_HOME/plimsoll` or `~/.cache/plimsoll`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME']
  return join(base && isAbsolute(base) ? base : join(env['HOME'] || homedir(), '.cache'), 'plimsoll')
}

/** Where the tool of our version for this platform is kept. */
export function cachedTool(name: ToolName, env: NodeJS.ProcessEnv): string {
  const { version } = knownTools[name]
  return join(cacheFolder(env), 'tools', `${name}-${version}-${process.platform}-${process.arch}`, name)
}
