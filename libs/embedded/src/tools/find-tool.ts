import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { knownTools, settingOf, type ToolName } from './known-tools.ts'
import { ToolMissingError } from './tool-missing-error.ts'
import { fits, toolVersion } from './tool-version.ts'
import { cachedTool } from './tool-cache.ts'

export type ToolSource = 'setting' | 'KUBEBUILDER_ASSETS' | 'PATH' | 'cache' | 'built'

export type Tool = { readonly path: string; readonly version: string; readonly source: ToolSource }

/** Where a tool was looked for in vain, a sentence each. */
export type NotFound = { readonly looked: readonly string[] }

/**
 * Looks for a tool in the explicit setting, `KUBEBUILDER_ASSETS`, PATH and the per-user cache, in this order. Elsewhere
 * than in the setting only a fitting version counts. A setting that names no working program is a `ToolMissingError`.
 */
export async function findTool(name: ToolName, env: NodeJS.ProcessEnv): Promise<Tool | NotFound> {
  const setting = env[settingOf(name)]
  if (setting) return await asSet(name, setting)

  const looked: string[] = [`${settingOf(name)} is not set`]
  const assets = env['KUBEBUILDER_ASSETS']
  if (!assets) looked.push('KUBEBUILDER_ASSETS is not set')
  const places: readonly (readonly [ToolSource, string])[] = [
    ...(assets ? [['KUBEBUILDER_ASSETS', join(assets, name)] as const] : []),
    ...onPath(name, env).map((path) => ['PATH', path] as const),
  ]
  for (const [source, path] of places) {
    const version = isProgram(path) ? await toolVersion(path, knownTools[name]) : undefined
    if (version && fits(version, knownTools[name])) return { path, version, source }
    if (isProgram(path)) looked.push(`${path} (${source}) ${version ? `is version ${version}` : 'names no version'}`)
    else if (source !== 'PATH') looked.push(`${path} (${source}) is no program`)
  }
  if (!places.some(([source]) => source === 'PATH')) looked.push('PATH has none')

  const { version } = knownTools[name]
  const path = cachedTool(name, env)
  if (isProgram(path)) return { path, version, source: 'cache' }
  return { looked: [...looked, `${path} does not exist`] }
}

async function asSet(name: ToolName, path: string): Promise<Tool> {
  const version = isAbsolute(path) && isProgram(path) ? await toolVersion(path, knownTools[name]) : undefined
  if (version) return { path, version, source: 'setting' }
  throw new ToolMissingError({
    what: `${name} cannot be run as it is set`,
    where: [`${settingOf(name)}=${path}`],
    because: isAbsolute(path) ? 'there is no program that tells its version' : 'the path is not absolute',
    try: [`set ${settingOf(name)} to the absolute path of ${name} ${knownTools[name].version}`, 'unset it'],
  })
}

function onPath(name: ToolName, env: NodeJS.ProcessEnv): readonly string[] {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
