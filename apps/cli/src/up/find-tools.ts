import { join } from 'node:path'
import {
  cacheFolder,
  describeProgress,
  knownTools,
  oldestGo,
  openToolbox,
  settingOf,
  sparsely,
  ToolMissingError,
} from '@plimsoll/embedded'
import type { Tool, ToolName } from '@plimsoll/embedded'
import { CliError } from '../cli-error.ts'

/**
 * Finds the tools, or builds those that are nowhere.
 * @throws CliError | ToolMissingError with every way out
 */
export async function findTools(
  names: readonly ToolName[],
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<ToolName, Tool>> {
  const hear = sparsely(tell)
  await using toolbox = openToolbox({
    signal,
    onProgress: (progress) => {
      if (!signal.aborted) hear(`${progress.tool} ${progress.kind}`, describeProgress(progress))
    },
  })
  const found = new Map<ToolName, Tool>()
  const missing = new Map<ToolName, ToolMissingError>()
  const find = async (name: ToolName) => {
    try {
      found.set(name, await toolbox.find(name))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ToolMissingError)) throw error
      missing.set(name, error)
    }
  }
  await Promise.all(names.map(find))
  const [one, ...others] = missing.values()
  if (one !== undefined) throw others.length === 0 ? one : allMissing(missing)
  return found
}

/** What several missing tools have in common is said once. */
function allMissing(missing: ReadonlyMap<ToolName, ToolMissingError>): CliError {
  const names = [...missing.keys()]
  const instead = new Set(names.map((name) => knownTools[name].instead).filter((way) => way !== undefined))
  return new CliError({
    what: `${names.length} programs are missing: ${names.map((name) => `${name} ${knownTools[name].version}`).join(', ')}`,
    where: placesOf([...missing.values()]).join('\n'),
    because: [...new Set([...missing.values()].map(({ because }) => because))].join('\n'),
    try: [
      `install Go ${oldestGo} or newer, have it on PATH and run this again: they are then built from their published sources (which Go fetches through GOPROXY)`,
      'put them on PATH',
      'set KUBEBUILDER_ASSETS to a folder that holds them',
      `set ${names.map(settingOf).join(', ')} to their absolute paths`,
      ...instead,
    ].join('\n'),
  })
}

function placesOf(missing: readonly ToolMissingError[]): readonly string[] {
  const places = new Set(missing.flatMap(({ where }) => where))
  const settings = /^PLIMSOLL_TOOL_\w+ is not set$/
  const cache = join(cacheFolder(process.env), 'tools')
  const others = [...places].filter((place) => !settings.test(place) && !place.startsWith(cache))
  return [...others, `${cache} holds none of them`]
}

/** The name of a tool and the version found. */
export function label(name: ToolName, tools: ReadonlyMap<ToolName, Tool>): string {
  return `${name} ${tools.get(name)?.version ?? knownTools[name].version}`
}
