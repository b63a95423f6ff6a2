import { LeaseLostError } from '@plimsoll/event-log'
import { expect, test } from 'vitest'
import { checkLease, writeTimeoutMs } from './lease.ts'

function claimUntil(leaseUntil: Date) {
  const counts = { epoch: 3, done: 1, seen: 2, attempts: 0, crashes: 0 }
  return { role: 'write', stream: 'workflow-a', owner: 'r1', ...counts, leaseUntil }
}

test('a write may begin while the lease outlasts it', () => {
  const claim = claimUntil(new Date(Date.now() + writeTimeoutMs + 1_000))
  expect(() => checkLease(() => claim)).not.toThrow()
})

test.each([
  ['ends before the write would', writeTimeoutMs - 1_000],
  ['is over', -1],
])('no write begins when the lease %s', (_title, ms) => {
  const claim = claimUntil(new Date(Date.now() + ms))
  expect(() => checkLease(() => claim)).toThrow(LeaseLostError)
  expect(() => checkLease(() => claim)).toThrow('write of workflow-a (epoch 3)')
})

test('the lease counts as it is held now, not as it was claimed', () => {
  const held = [claimUntil(new Date(0)), claimUntil(new Date(Date.now() + 60_000))]
  const next = () => held.pop() ?? claimUntil(new Date(0))
  checkLease(next)
  expect(() => checkLease(next)).toThrow(LeaseLostError)
})
