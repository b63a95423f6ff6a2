import { expect, test, vi } from 'vitest'
import { runService } from './run-service.ts'

test('a hint is dispatched and confirmed after it, work that became due wakes the workers', async () => {
  const stop = new AbortController()
  const seen: string[] = []
  let due = 0
  const service = runService({
    signal: stop.signal,
    onError: (error) => seen.push(String(error)),
    onDue: () => seen.push('due'),
    sweepMs: 60_000,
    dispatch: async () => {
      await Promise.resolve()
      return due
    },
    consume: async (onHint, signal) => {
      due = 2
      await onHint()
      seen.push('confirmed')
      await untilAborted(signal)
    },
    work: untilAborted,
  })
  await vi.waitFor(() => expect(seen).toEqual(['due', 'confirmed']), { timeout: 60_000 })
  stop.abort()
  await service
})

test('hints that come while one is dispatched share the next dispatch, which starts after them', async () => {
  const stop = new AbortController()
  const runs: PromiseWithResolvers<number>[] = []
  const service = runService({
    signal: stop.signal,
    onError: () => {},
    sweepMs: 60_000,
    dispatch: () => {
      const run = Promise.withResolvers<number>()
      runs.push(run)
      return run.promise
    },
    consume: async (onHint, signal) => {
      await vi.waitFor(() => expect(runs).toHaveLength(1), { timeout: 60_000 })
      const hints = Promise.all([onHint(), onHint(), onHint()])
      runs[0]?.resolve(0)
      await vi.waitFor(() => expect(runs).toHaveLength(2), { timeout: 60_000 })
      runs[1]?.resolve(0)
      await hints
      stop.abort()
      await untilAborted(signal)
    },
    work: untilAborted,
  })
  await service
  expect(runs).toHaveLength(2)
})

test('without any hint the log is swept, and a failed dispatch is told and tried again', async () => {
  const stop = new AbortController()
  const errors: unknown[] = []
  let calls = 0
  const service = runService({
    signal: stop.signal,
    onError: (error) => errors.push(error),
    sweepMs: 1,
    dispatch: () => {
      calls += 1
      if (calls === 1) return Promise.reject(new Error('away'))
      if (calls === 3) stop.abort()
      return Promise.resolve(0)
    },
    consume: (_, signal) => untilAborted(signal),
    work: untilAborted,
  })
  await service
  expect({ calls, errors: errors.map(String) }).toEqual({ calls: 3, errors: ['Error: away'] })
})

test('a part that fails is told and started again', async () => {
  const stop = new AbortController()
  const errors: unknown[] = []
  let starts = 0
  const service = runService({
    signal: stop.signal,
    onError: (error) => errors.push(error),
    dispatch: () => Promise.resolve(0),
    consume: (_, signal) => untilAborted(signal),
    work: async (signal) => {
      starts += 1
      if (starts === 1) throw new Error('lost')
      stop.abort()
      await untilAborted(signal)
    },
  })
  await service
  expect({ starts, errors: errors.map(String) }).toEqual({ starts: 2, errors: ['Error: lost'] })
})

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
}
