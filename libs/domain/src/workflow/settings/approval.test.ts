import { expect, test } from 'vitest'
import type { Impact } from '../../impact.ts'
import { needsApproval } from './approval.ts'

const approval = { required: false, from_impact: null, allow_requester: false, expires_ms: 1 }

test.each<[boolean, Impact | null, Impact | null, boolean]>([
  [false, null, 'critical', false],
  [true, null, null, true],
  [true, 'critical', 'low', true],
  [false, 'high', 'medium', false],
  [false, 'high', 'high', true],
  [false, 'high', 'critical', true],
  [false, 'low', null, false],
])(
  'required %s, from %s on: a plan with highest impact %s has to be approved: %s',
  (required, from, highest, needed) => {
    expect(needsApproval({ ...approval, required, from_impact: from }, highest)).toBe(needed)
  },
)
