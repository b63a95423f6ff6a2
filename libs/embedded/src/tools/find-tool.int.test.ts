import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { findTool } from './find-tool.ts'
import { cachedTool } from './tool-cache.ts'
import { ToolMissingError } from './tool-missing-error.ts'
import { findOrBuildTool } from './toolbox.ts'

const { path: real, version } = await findOrBuildTool('etcd')

/** An environment in which etcd is in all the places named, the real one or one that says it is older. */
function world(folder: string, places: Partial<Record<'setting' | 'assets' | 'path' | 'cache', 'real' | 'old'>>) {
  const env: NodeJS.ProcessEnv = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: join(folder, 'path') }
  const put = (path: string, which: 'real' | 'old') => {
    mkdirSync(join(path, '..'), { recursive: true })
    if (which === 'real') symlinkSync(real, path)
    else writeFileSync(path, '#!/bin/sh\necho etcd Version: 3.4.1\n', { mode: 0o755 })
    return path
  }
  const { setting, assets, path, cache } = places
  if (setting) env['PLIMSOLL_TOOL_ETCD'] = put(join(folder, 'set', 'my-etcd'), setting)
  if (assets) env['KUBEBUILDER_ASSETS'] = join(put(join(folder, 'assets', 'etcd'), assets), '..')
  if (path) put(join(folder, 'path', 'etcd'), path)
  if (cache) put(cachedTool('etcd', env), cache)
  return env
}

test('an explicit setting comes before everything else', async () => {
  using folder = temporaryFolder()
  const env = world(folder.path, { setting: 'real', assets: 'real', path: 'real', cache: 'real' })
  expect(await findTool('etcd', env)).toEqual({ path: join(folder.path, 'set', 'my-etcd'), version, source: 'setting' })
})

test('an explicit setting may name a version that we would not take elsewhere', async () => {
  using folder = temporaryFolder()
  const found = await findTool('etcd', world(folder.path, { setting: 'old', cache: 'real' }))
  expect(found).toMatchObject({ version: '3.4.1', source: 'setting' })
})

test('then come KUBEBUILDER_ASSETS, PATH and the cache', async () => {
  using first = temporaryFolder()
  using second = temporaryFolder()
  using third = temporaryFolder()
  const sources = [
    await findTool('etcd', world(first.path, { assets: 'real', path: 'real', cache: 'real' })),
    await findTool('etcd', world(second.path, { path: 'real', cache: 'real' })),
    await findTool('etcd', world(third.path, { cache: 'real' })),
  ].map((found) => 'source' in found && found.source)
  expect(sources).toEqual(['KUBEBUILDER_ASSETS', 'PATH', 'cache'])
})

test('versions that do not fit are passed over', async () => {
  using folder = temporaryFolder()
  const found = await findTool('etcd', world(folder.path, { assets: 'old', path: 'old', cache: 'real' }))
  expect(found).toMatchObject({ source: 'cache' })
})

test('a setting that names no program is an error, whatever is elsewhere', async () => {
  using folder = temporaryFolder()
  const env = { ...world(folder.path, { cache: 'real' }), PLIMSOLL_TOOL_ETCD: '/nowhere/etcd' }
  const error = await findTool('etcd', env).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ToolMissingError)
  expect(error).toMatchObject({ where: ['PLIMSOLL_TOOL_ETCD=/nowhere/etcd'] })
})

test('without Go, one error names every place and every way out', async () => {
  using folder = temporaryFolder()
  const env = world(folder.path, { assets: 'old' })
  const error = await findOrBuildTool('etcd', { env }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ToolMissingError)
  const { message } = error as ToolMissingError
  expect(message).toContain(`${join(folder.path, 'assets', 'etcd')} (KUBEBUILDER_ASSETS) is version 3.4.1`)
  expect(message).toContain('Go is not on PATH')
  for (const way of ['install Go 1.26', 'on PATH', 'PLIMSOLL_TOOL_ETCD', 'KUBEBUILDER_ASSETS', '--kubeconfig FILE']) {
    expect((error as ToolMissingError).try.join('\n')).toContain(way)
  }
})

test('a Go that is too old is named', async () => {
  using folder = temporaryFolder()
  const env = world(folder.path, {})
  mkdirSync(join(folder.path, 'path'), { recursive: true })
  writeFileSync(join(folder.path, 'path', 'go'), '#!/bin/sh\necho go1.25.4\n', { mode: 0o755 })
  await expect(findOrBuildTool('etcd', { env })).rejects.toThrow('Go on PATH is 1.25.4, and 1.26 is needed')
})
