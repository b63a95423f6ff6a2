import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testTool, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { PlanFault } from '../plan-fault.ts'
import { openRenderTools, ToolNotReadyError } from './render-tools.ts'

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-tools-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Nothing on PATH but one folder, nothing in the cache, no setting. */
function bare(folder: string): NodeJS.ProcessEnv {
  mkdirSync(join(folder, 'path'))
  return { PATH: join(folder, 'path'), XDG_CACHE_HOME: join(folder, 'cache') }
}

const [kustomize, launcher] = await Promise.all([testTool('kustomize'), testTool('plimsoll-sandbox')])
const { signal } = new AbortController()
const faultOf = async (work: Promise<unknown>) => {
  const error = await work.catch((reason: unknown) => reason)
  if (!(error instanceof PlanFault)) throw error
  return error.faults[0]
}

test('a program that is there is found without a word, and runs in a sandbox', async () => {
  const told: string[] = []
  await using tools = openRenderTools({ tell: (line) => told.push(line) })
  const tool = await tools.find('kustomize', signal)
  expect(tool.version).toMatch(/^5\./)
  const output = await tool.run({ args: ['version'], files: new Map() })
  expect(output).toMatchObject({ stderr: '', exitCode: 0 })
  expect(Buffer.from(output.stdout).toString()).toBe(`v${tool.version}\n`)
  expect(told).toEqual([])
})

test('one that is nowhere and cannot be built is a fault that says what to do; the next who asks looks again', async () => {
  using folder = temporaryFolder()
  const env = bare(folder.path)
  await using tools = openRenderTools({ tell: () => {}, env })
  expect(await faultOf(tools.find('kustomize', signal))).toMatchObject({
    what: 'kustomize 5.8.1 is missing',
    because: expect.stringContaining('Go is not on PATH') as string,
    try: expect.stringContaining('PLIMSOLL_TOOL_KUSTOMIZE') as string,
  })
  symlinkSync(kustomize, join(folder.path, 'path', 'kustomize'))
  symlinkSync(launcher, join(folder.path, 'path', 'plimsoll-sandbox'))
  expect((await tools.find('kustomize', signal)).version).toMatch(/^5\./)
})

test('a machine that allows no sandbox is a fault, and nothing runs without one', async () => {
  using folder = temporaryFolder()
  const refusing = join(folder.path, 'launcher')
  const answer = JSON.stringify({
    error: 'unavailable',
    message: 'user namespaces are switched off',
    try: 'switch them on',
    code: 0,
  })
  writeFileSync(refusing, `#!/bin/sh\n[ "$1" = --version ] && echo 1.0.0 && exit\necho '${answer}' >&3\n`, {
    mode: 0o755,
  })
  const env = { ...process.env, PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: refusing }
  await using tools = openRenderTools({ tell: () => {}, env })
  const tool = await tools.find('kustomize', signal)
  expect(await faultOf(tool.run({ args: ['version'], files: new Map() }))).toEqual({
    what: 'the folder cannot be rendered on this machine',
    where: 'the sandbox of renderers',
    because: 'kustomize: user namespaces are switched off',
    try: 'switch them on',
  })
})

test('who asks does not wait for a build, which goes on; it ends with the service', async () => {
  using folder = temporaryFolder()
  const { PLIMSOLL_TOOL_KUSTOMIZE: _set, ...rest } = process.env
  const env = { ...rest, XDG_CACHE_HOME: join(folder.path, 'cache') }
  const { promise: building, resolve: onBuild } = Promise.withResolvers<string>()
  const tools = openRenderTools({ tell: onBuild, env, patienceMs: 1 })
  await expect(tools.find('kustomize', signal)).rejects.toBeInstanceOf(ToolNotReadyError)
  expect(await building).toMatch(/^kustomize 5\.8\.1: not found, building it once/)
  await expect(tools.find('kustomize', signal)).rejects.toBeInstanceOf(ToolNotReadyError)
  await tools[Symbol.asyncDispose]()
  await expect(tools.find('kustomize', signal)).rejects.toThrow('the service stops')
})

test('a build that failed while nobody waited is told to the next who asks', async () => {
  using folder = temporaryFolder()
  const env = bare(folder.path)
  const { promise: building, resolve: onBuild } = Promise.withResolvers<string>()
  const go = join(folder.path, 'path', 'go')
  const fails = `sleep 0.3; echo "no such module" >&2; exit 1`
  writeFileSync(go, `#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit\n${fails}\n`, { mode: 0o755 })
  await using tools = openRenderTools({
    tell: onBuild,
    env: { ...env, PATH: `${env['PATH']}:/usr/bin:/bin` },
    patienceMs: 1,
  })
  await expect(tools.find('kustomize', signal)).rejects.toBeInstanceOf(ToolNotReadyError)
  await building
  const fault = await until(() => faultOf(tools.find('kustomize', signal)), { what: 'the fault' })
  expect(fault).toMatchObject({ because: expect.stringContaining('no such module') as string })
})
