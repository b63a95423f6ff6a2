import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { findPlan, shortDigest } from './plan-reference.ts'
import type { WorkflowEvent } from '../events/events.ts'

const plan = (digits: string, revision: string): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, digest: `plan:${digits.padEnd(64, '0')}`, revision },
})
const events = [sample.WorkflowCreated, plan('1a2b3c4d5', 'a'), plan('1a2b3c4d9', 'b'), plan('ffff00001111', 'c')]
const whole = `plan:${'1a2b3c4d5'.padEnd(64, '0')}`

test.each([
  [whole, 'a'],
  [whole.slice('plan:'.length), 'a'],
  ['1a2b3c4d5', 'a'],
  ['plan:1A2B3C4D9', 'b'],
  [shortDigest(`plan:${'ffff00001111'.padEnd(64, '0')}`), 'c'],
])('%s is found', (text, revision) => {
  expect(findPlan(events, text)).toMatchObject({ found: { revision } })
})

test('of plans that do the same the newest counts', () => {
  expect(findPlan([...events, plan('1a2b3c4d5', 'newer')], '1a2b3c4d5')).toMatchObject({ found: { revision: 'newer' } })
})

test('a preview is found too', () => {
  expect(findPlan([sample.PreviewMade], sample.PreviewMade.data.digest)).toMatchObject({
    found: { revision: sample.PreviewMade.data.revision },
  })
})

test('what fits two plans is refused with both', () => {
  expect(findPlan(events, '1a2b3c4d')).toMatchObject({ problem: 'ambiguous', digests: [whole, expect.anything()] })
})

test.each([
  ['deadbeef', 'unknown'],
  ['1a2b3c4', 'malformed'],
  ['', 'malformed'],
  ['plan:', 'malformed'],
  ['sha256:1a2b3c4d5', 'malformed'],
  ['1a2b3c4d5g', 'malformed'],
])('%j is %s', (text, problem) => {
  expect(findPlan(events, text)).toEqual({ problem })
})

test('a plan of a version without digests is not found by nothing', () => {
  const old: WorkflowEvent = { type: 'PlanMade', data: { ...sample.PlanMade.data, digest: '' } }
  expect(findPlan([old], 'plan:')).toEqual({ problem: 'malformed' })
  expect(findPlan([old], '00000000')).toEqual({ problem: 'unknown' })
})
