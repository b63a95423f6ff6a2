import { describe, expect, test } from 'vitest'
import {
  at,
  iso,
  healing,
  web,
  edited,
  deleted,
  found,
  play,
  stateOf,
  statusOf,
  healedAt,
  sync,
} from '../../../test/drift-play.ts'
import { driftedObject } from './drift-decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'

/** The same, but it drifts again before anyone saw that it was put back. */
const fought = (ms: number, id: string, objects = [edited]) => healedAt(ms, id, objects).slice(0, -1)

describe('a fight', () => {
  const fight = (rounds: number, objects = [edited]) => {
    let events: readonly WorkflowEvent[] = [healing, ...sync('s1')]
    for (let round = 0; round < rounds; round++)
      events = play(events, ...healedAt(round * 60_000, `h${round}`, objects))
    return play(events, found(objects, rounds * 60_000))
  }

  test('is called so after five heals of the same field', () => {
    expect(stateOf(fight(4)).drift?.contest).toBeNull()
    expect(stateOf(fight(5)).drift?.contest).toEqual({
      object: web,
      field: 'spec.replicas',
      manager: 'kubectl-edit',
      heals: 5,
      within_ms: 299_500,
    })
    expect(statusOf(fight(5))).toMatchObject({
      status: 'degraded',
      reason: `Someone fights us: kubectl-edit changes Deployment/web spec.replicas, healed 5 times in 5 minutes. It is put back at ${iso(332_000)}.`,
    })
  })

  test('is told of who is too quick to be seen to yield, and holds up no other object', () => {
    let events: readonly WorkflowEvent[] = [healing, ...sync('s1')]
    const waits: number[] = []
    const told: (number | undefined)[] = []
    for (let round = 0; round < 6; round++) {
      events = play(events, ...fought(round * 60_000, `h${round}`))
      const detected = events.findLast((event) => event.type === 'DriftDetected')
      told.push(detected?.data.contest?.heals)
      waits.push(Date.parse(detected?.data.heal_at ?? '') - at(round * 60_000).getTime())
    }
    expect(events.map(({ type }) => type)).not.toContain('DriftHealed')
    expect(told).toEqual([undefined, undefined, undefined, undefined, undefined, 5])
    expect(waits).toEqual([0, 2_000, 4_000, 8_000, 16_000, 32_000])
    const more = play(events, found([edited, deleted], 400_000))
    expect(stateOf(more).drift?.heal_at).toBe(iso(400_000))
  })

  test('is told of a field among others that are changed in turn, and of what was seen to yield now and then', () => {
    const other = driftedObject(web, { what: 'modified', fields: ['spec.paused'] })
    const nameless = driftedObject(web, { what: 'unmarked' })
    let events: readonly WorkflowEvent[] = [healing, ...sync('s1')]
    for (const [round, object] of [nameless, edited, other, edited, other, edited, edited, edited].entries())
      events = play(events, ...(round % 3 === 0 ? fought : healedAt)(round * 60_000, `h${round}`, [object]))
    expect(stateOf(play(events, found([edited], 600_000))).drift?.contest).toMatchObject({
      field: 'spec.replicas',
      heals: 5,
    })
  })

  test('may be about an object that somebody deletes', () => {
    expect(statusOf(fight(5, [deleted]))?.reason).toMatch(
      /^Someone fights us: somebody takes ConfigMap\/app away, healed 5 times/,
    )
  })

  test('is over once a person syncs', () => {
    const events = play([...fight(6), ...sync('s2', 'manual')], found([], 400_000), found([edited], 410_000))
    expect(stateOf(events).drift).toMatchObject({ contest: null, heal_at: iso(410_000) })
    const quick = play([...fight(6), ...sync('s2', 'manual')], found([edited], 400_000))
    expect(stateOf(quick).drift).toMatchObject({ contest: null, heal_at: iso(400_000) })
  })
})
