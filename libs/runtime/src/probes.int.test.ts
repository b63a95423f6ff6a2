import { afterEach, expect, test, vi } from 'vitest'
import { openHeartbeats } from './heartbeats.ts'
import { serveProbes } from './probes.ts'

afterEach(() => vi.useRealTimers())

test('probes answer ok, or name what is wrong', async () => {
  let wrong: string[] = []
  await using probes = await serveProbes({ port: 0, live: () => [], ready: () => wrong })
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${probes.port}${path}`)
    return [response.status, await response.text()]
  }
  expect(await get('/livez')).toEqual([200, 'ok\n'])
  expect(await get('/readyz')).toEqual([200, 'ok\n'])
  wrong = ['the log holds an unknown event', 'NATS is away']
  expect(await get('/livez')).toEqual([200, 'ok\n'])
  expect(await get('/readyz?verbose')).toEqual([503, 'the log holds an unknown event\nNATS is away\n'])
  expect(await get('/metrics')).toEqual([404, 'not found\n'])
})

test('closing does not wait for a client that keeps its connection', async () => {
  const probes = await serveProbes({ port: 0, live: () => [], ready: () => [] })
  await (await fetch(`http://127.0.0.1:${probes.port}/livez`)).text()
  await probes[Symbol.asyncDispose]()
  await expect(fetch(`http://127.0.0.1:${probes.port}/livez`)).rejects.toThrow('fetch failed')
})

test('a loop that beats is alive, one that stopped is named', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const heartbeats = openHeartbeats()
  const sequencer = heartbeats.track('sequencer', 1_000)
  const relay = heartbeats.track('relay', 5_000)
  expect(heartbeats.stale()).toEqual([])
  vi.advanceTimersByTime(2_000)
  expect(heartbeats.stale()).toEqual(['sequencer has not turned for 2 s'])
  sequencer()
  expect(heartbeats.stale()).toEqual([])
  vi.advanceTimersByTime(6_000)
  relay()
  expect(heartbeats.stale()).toEqual(['sequencer has not turned for 6 s'])
})
