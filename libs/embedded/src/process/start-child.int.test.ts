import { spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runNode } from '../../test/run-node.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { pidFileOf } from './leftover.ts'
import { PartFailedError } from './part-failed-error.ts'
import { processStart } from './process-start.ts'
import { startChild } from './start-child.ts'
import { untilReady } from './until-ready.ts'

const shell = (folder: string, script: string, more: object = {}) =>
  startChild({
    name: 'server',
    folder,
    command: '/bin/sh',
    args: ['-c', script],
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
    ...more,
  })

test('a child is asked to end, and is gone when stop returns', async () => {
  using folder = temporaryFolder()
  const child = await shell(folder.path, 'exec sleep 60')
  await child.stop()
  expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' })
  expect(processStart(child.pid)).toBeUndefined()
  await child.stop()
})

test('a child that does not listen is killed', async () => {
  using folder = temporaryFolder()
  const child = await shell(folder.path, 'trap "" TERM; echo deaf; while :; do sleep 1; done', { stopTimeoutMs: 200 })
  await vi.waitFor(() => expect(readFileSync(child.logFile, 'utf8')).toBe('deaf\n'), { timeout: 60_000 })
  await child.stop()
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('what a child prints is in a log that only its user may read', async () => {
  using folder = temporaryFolder()
  const child = await shell(folder.path, 'echo out; echo err >&2')
  await child.exited
  expect(readFileSync(child.logFile, 'utf8')).toBe('out\nerr\n')
  expect(statSync(child.logFile).mode & 0o777).toBe(0o600)
})

test('settings in our environment do not reach a child', async () => {
  using folder = temporaryFolder()
  vi.stubEnv('ETCD_DATA_DIR', '/elsewhere')
  const child = await shell(folder.path, 'env', { env: { GIVEN: 'yes' } })
  await child.exited
  vi.unstubAllEnvs()
  const log = readFileSync(child.logFile, 'utf8')
  expect(log).toContain('GIVEN=yes')
  expect(log).not.toContain('ETCD_DATA_DIR')
})

test('a server that ends before it is ready is an error with the end of its log', async () => {
  using folder = temporaryFolder()
  const child = await shell(folder.path, 'echo the disk is on fire; exit 3')
  const error = await untilReady(child, () => Promise.resolve(false)).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PartFailedError)
  expect(error).toMatchObject({ what: 'server did not start', where: child.logFile })
  expect(String(error)).toContain('the disk is on fire')
})

test('a program that does not exist is an error that names it', async () => {
  using folder = temporaryFolder()
  const started = startChild({
    name: 'server',
    folder: folder.path,
    command: '/nowhere/server',
    args: [],
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 100,
  })
  const failed = started.then((child) => untilReady(child, () => Promise.resolve(false)))
  await expect(failed).rejects.toThrow('/nowhere/server')
})

test('a child dies with a parent that is killed', async () => {
  using folder = temporaryFolder()
  await using parent = await runNode(
    `
    import { startChild } from '@src/process/start-child.ts'
    const options = { name: 'server', command: 'sleep', args: ['60'], stopSignal: 'SIGTERM', stopTimeoutMs: 100 }
    console.log(String((await startChild({ ...options, folder: process.argv[1] })).pid))`,
    [folder.path],
  )
  const pid = Number(parent.line)
  expect(processStart(pid)).toBeTruthy()
  parent.child.kill('SIGKILL')
  await vi.waitFor(() => expect(processStart(pid)).toBeUndefined(), { timeout: 60_000 })
})

test('where the kernel cannot do it, a watcher ends the child of a killed parent', async () => {
  await using parent = await runNode(`
    import { spawn } from 'node:child_process'
    import { watchParent } from '@src/process/parent-death.ts'
    const { pid } = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
    watchParent(pid, 'SIGTERM')
    console.log(String(pid))
    setInterval(() => {}, 1000)`)
  const pid = Number(parent.line)
  expect(processStart(pid)).toBeTruthy()
  parent.child.kill('SIGKILL')
  await vi.waitFor(() => expect(processStart(pid)).toBeUndefined(), { timeout: 60_000 })
})

test('what an earlier run left behind is ended first', async () => {
  using folder = temporaryFolder()
  const leftover = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = leftover.pid ?? 0
  const entry = { pid, start: processStart(pid), signal: 'SIGTERM' }
  writeFileSync(pidFileOf(folder.path, 'server'), JSON.stringify(entry))
  await using child = await shell(folder.path, 'exec sleep 60')
  expect(processStart(pid)).toBeUndefined()
  expect(JSON.parse(readFileSync(join(folder.path, 'server.pid'), 'utf8'))).toMatchObject({ pid: child.pid })
})

test('a stranger who has the pid of an earlier run is left alone', async () => {
  using folder = temporaryFolder()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  const entry = { pid: stranger.pid, start: 'another boot', signal: 'SIGTERM' }
  writeFileSync(pidFileOf(folder.path, 'server'), JSON.stringify(entry))
  await using child = await shell(folder.path, 'exec sleep 60')
  expect(child.pid).not.toBe(stranger.pid)
  expect(processStart(stranger.pid ?? 0)).toBeTruthy()
  stranger.kill('SIGKILL')
})
