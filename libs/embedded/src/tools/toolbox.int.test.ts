import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { runNode } from '../../test/run-node.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { holdFolder } from '../process/hold-folder.ts'
import { goVersion } from './go.ts'
import { knownTools } from './known-tools.ts'
import type { ToolProgress } from './progress.ts'
import { cachedTool, cacheFolder } from './tool-cache.ts'
import { toolVersion } from './tool-version.ts'
import { findOrBuildTool, openToolbox } from './toolbox.ts'

const builder = `
  import { findOrBuildTool } from '@src/tools/toolbox.ts'
  const heard = []
  const tool = await findOrBuildTool('nats-server', { onProgress: (progress) => heard.push(progress) })
  console.log(JSON.stringify({ tool, heard }))
`
type Report = {
  readonly tool: { readonly path: string; readonly source: string }
  readonly heard: readonly ToolProgress[]
}

function emptyCache(folder: string): NodeJS.ProcessEnv {
  const { PLIMSOLL_TOOL_NATS_SERVER: _set, KUBEBUILDER_ASSETS: _assets, PATH = '', ...rest } = process.env
  // A nats-server of the machine's would end the tests early.
  const folders = PATH.split(delimiter).filter((path) => !existsSync(join(path, 'nats-server')))
  return { ...rest, PATH: folders.join(delimiter), XDG_CACHE_HOME: folder }
}

const cannotBuild = 'unfit' in (await goVersion(process.env))

// Compiling takes about half a minute on two cores.
test.skipIf(cannotBuild)(
  'two builds at once of one tool: one builds and tells how far it is, the other waits and says for whom',
  { timeout: 300_000 },
  async () => {
    using folder = temporaryFolder()
    const env = emptyCache(folder.path)
    const processes = await Promise.all([runNode(builder, [], env), runNode(builder, [], env)])
    const reports = processes.map(({ line }) => JSON.parse(line) as Report)
    for (const one of processes) await one[Symbol.asyncDispose]()

    const [built, waited] = reports.toSorted((a, b) => b.heard.length - a.heard.length)
    const kinds = [...new Set(built?.heard.map(({ kind }) => kind))].filter((kind) => kind !== 'fetching')
    expect(kinds).toEqual(['started', 'compiling', 'built'])
    const compiling = built?.heard.filter((progress) => progress.kind === 'compiling') ?? []
    expect(compiling.length).toBeGreaterThan(50)
    expect(compiling.every(({ done, total }) => done <= total)).toBe(true)
    expect(waited?.heard).toEqual([{ kind: 'waiting', tool: 'nats-server', holder: expect.any(Number) as number }])
    expect(reports.map(({ tool }) => tool.path)).toEqual([
      cachedTool('nats-server', env),
      cachedTool('nats-server', env),
    ])

    expect(await toolVersion(cachedTool('nats-server', env), knownTools['nats-server'])).toBe('2.14.5')
    expect(readdirSync(cacheFolder(env))).toEqual(['tools'])
    expect(readdirSync(join(cacheFolder(env), 'tools'))).toHaveLength(1)
  },
)

test('who waits for a build takes the tool as soon as it is there', async () => {
  using folder = temporaryFolder()
  const env = emptyCache(folder.path)
  mkdirSync(cacheFolder(env), { recursive: true })
  await using other = await holdFolder(cacheFolder(env))
  expect(other).toBeTruthy()
  const { promise: waits, resolve: onWait } = Promise.withResolvers<ToolProgress>()
  const found = findOrBuildTool('nats-server', { env, onProgress: onWait })
  expect(await waits).toEqual({ kind: 'waiting', tool: 'nats-server', holder: process.pid })
  const target = cachedTool('nats-server', env)
  mkdirSync(join(target, '..'), { recursive: true })
  writeFileSync(target, '', { mode: 0o755 })
  expect(await found).toEqual({ path: target, version: '2.14.5', source: 'cache' })
})

test.skipIf(cannotBuild)(
  'a build that is broken off leaves no tool, and keeps what it compiled for the next',
  async () => {
    using folder = temporaryFolder()
    const env = emptyCache(folder.path)
    const aborted = new AbortController()
    {
      await using toolbox = openToolbox({
        env,
        signal: aborted.signal,
        onProgress: (progress) => progress.kind === 'compiling' && progress.done > 5 && aborted.abort(),
      })
      await expect(toolbox.find('nats-server')).rejects.toThrow('aborted')
    }
    expect(readdirSync(join(cacheFolder(env), 'tools'))).toEqual([])
    expect(existsSync(join(cacheFolder(env), 'go-build'))).toBe(true)
    await using free = await holdFolder(cacheFolder(env))
    expect(free).toBeTruthy()
  },
)
