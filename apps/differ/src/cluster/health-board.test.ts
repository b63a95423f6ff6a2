import type { KubernetesObject } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { openHealthBoard } from './health-board.ts'
import type { HealthPatience } from './health-board.ts'

/** A Job is judged by its conditions alone. */
function job(state: 'Complete' | 'Failed' | 'running', name = 'once'): KubernetesObject {
  const conditions = state === 'running' ? [] : [{ type: state, status: 'True', message: state }]
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'shop' }, status: { conditions } }
}

const never = 3_600_000
const identity = 'batch/Job/shop/once'

function board(patience: Partial<HealthPatience>, before = '') {
  const said: string[] = []
  const told = new Map([[identity, before]])
  const opened = openHealthBoard({
    custom: undefined,
    told: (of) => told.get(of) ?? '',
    tell: (of, word) => {
      told.set(of, word)
      said.push(`${of.split('/').at(-1)} ${word}`)
    },
    patience: { degradedMs: never, progressingMs: never, wellMs: never, ...patience },
  })
  return Object.assign(opened, { said })
}

const untilSaid = ({ said }: { readonly said: readonly string[] }, count: number) =>
  until(() => said.length >= count, { what: `${count} words are told` })

test('ill health is told when it has lasted, and so is its end', async () => {
  using seen = board({ degradedMs: 20, wellMs: 20 })
  const start = performance.now()
  seen.see(job('Failed'))
  expect(seen.said).toEqual([])
  await untilSaid(seen, 1)
  expect(performance.now() - start).toBeGreaterThanOrEqual(19)
  seen.see(job('Failed'))
  seen.see(job('Complete'))
  await untilSaid(seen, 2)
  expect(seen.said).toEqual(['once Degraded', 'once '])
})

test('what does not last is not told', async () => {
  using seen = board({ degradedMs: 30, wellMs: 30 })
  seen.see(job('Failed'))
  seen.see(job('Complete'))
  // The other's word comes when the first's would have come.
  seen.see(job('Failed', 'other'))
  await untilSaid(seen, 1)
  expect(seen.said).toEqual(['other Degraded'])
})

test('what is on its way has more time than what is degraded, and the time of both counts', async () => {
  using seen = board({ degradedMs: 20 })
  seen.see(job('running'))
  seen.see(job('Failed', 'other'))
  await untilSaid(seen, 1)
  expect(seen.said).toEqual(['other Degraded'])
  seen.see(job('Failed'))
  await untilSaid(seen, 2)
  expect(seen.said).toEqual(['other Degraded', 'once Degraded'])
})

test('what was told before is known, and what relapses has to be well for longer', async () => {
  using seen = board({ degradedMs: 1, wellMs: 40 }, 'Degraded')
  seen.see(job('Failed'))
  seen.see(job('Complete'))
  await untilSaid(seen, 1)
  expect(seen.said).toEqual(['once '])
  for (const least of [79, 159]) {
    seen.see(job('Failed'))
    await until(() => seen.said.at(-1) === 'once Degraded', { what: 'it is told' })
    const well = performance.now()
    seen.see(job('Complete'))
    await until(() => seen.said.at(-1) === 'once ', { what: 'the end is told' })
    expect(performance.now() - well).toBeGreaterThanOrEqual(least)
  }
})

test('a kind without a health of its own is not judged, and what is gone is forgotten', async () => {
  using seen = board({ degradedMs: 1 })
  seen.see({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'once', namespace: 'shop' } })
  seen.see(job('Failed'))
  seen.drop(identity)
  seen.see(job('Failed', 'other'))
  await untilSaid(seen, 1)
  expect(seen.said).toEqual(['other Degraded'])
})

test('what is judged after the end is not told: another board may know better', async () => {
  const ended = board({ degradedMs: 1 })
  ended[Symbol.dispose]()
  ended.see(job('Failed'))
  using other = board({ degradedMs: 30 })
  other.see(job('Failed'))
  await untilSaid(other, 1)
  expect(ended.said).toEqual([])
})
