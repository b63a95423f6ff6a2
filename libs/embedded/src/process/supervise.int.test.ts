import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { processStart } from './process-start.ts'
import { startChild } from './start-child.ts'
import { supervise, type Crash } from './supervise.ts'

const sleeper = (folder: string) =>
  startChild({ name: 'sleeper', folder, command: 'sleep', args: ['60'], stopSignal: 'SIGTERM', stopTimeoutMs: 1_000 })

test('a crash is told and the part is started again', async () => {
  using folder = temporaryFolder()
  const crashes: Crash[] = []
  await using kept = await supervise('sleeper', () => sleeper(folder.path), {
    onCrash: (crash) => crashes.push(crash),
    backoffMs: [1, 10],
  })
  const first = kept.current().pid
  process.kill(first, 'SIGKILL')
  await vi.waitFor(() => expect(kept.current().pid).not.toBe(first), { timeout: 60_000 })
  expect(processStart(kept.current().pid)).toBeTruthy()
  expect(crashes).toEqual([{ name: 'sleeper', reason: { code: null, signal: 'SIGKILL' }, attempt: 1, restartInMs: 1 }])
})

test('a part that cannot be started again is tried with growing pauses', async () => {
  using folder = temporaryFolder()
  const crashes: Crash[] = []
  let starts = 0
  const start = () => {
    starts += 1
    return starts === 1 || starts === 5 ? sleeper(folder.path) : Promise.reject(new Error('the port is taken'))
  }
  await using kept = await supervise('sleeper', start, { onCrash: (crash) => crashes.push(crash), backoffMs: [1, 4] })
  process.kill(kept.current().pid, 'SIGKILL')
  await vi.waitFor(() => expect(starts).toBe(5), { timeout: 60_000 })
  expect(crashes.map(({ attempt, restartInMs }) => [attempt, restartInMs])).toEqual([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 4],
  ])
  expect(crashes.at(-1)?.reason).toEqual(new Error('the port is taken'))
})

test('a part that was stopped stays stopped, also while it waits to be started again', async () => {
  using folder = temporaryFolder()
  const crashes: Crash[] = []
  const options = { onCrash: (crash: Crash) => crashes.push(crash), backoffMs: [60_000, 60_000] as const }
  const kept = await supervise('sleeper', () => sleeper(folder.path), options)
  const { pid } = kept.current()
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(crashes).toHaveLength(1), { timeout: 60_000 })
  await kept.stop()
  expect(kept.current().pid).toBe(pid)

  const calm = await supervise('sleeper', () => sleeper(folder.path), options)
  await calm.stop()
  expect(crashes).toHaveLength(1)
})

test('the first start fails the caller', async () => {
  await expect(supervise('sleeper', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
})
