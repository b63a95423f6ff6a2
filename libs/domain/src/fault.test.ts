import { evolveRepository, failSource, initialRepository } from './repository.ts'
import type { RepositoryConfig, RepositoryEvent } from './repository.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundFaults, faultsText } from './fault.ts'
import type { Fault } from './fault.ts'

const fault: Fault = {
  what: 'Deployment shop/web is not valid',
  where: 'k8s/web.yaml:12',
  because: 'spec.selector is missing',
  try: 'add spec.selector',
}
const many = (count: number, text: string): Fault[] =>
  Array.from({ length: count }, () => ({ what: text, where: text, because: text, try: text }))
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

test('a few faults stay as they are', () => {
  expect(boundFaults([])).toEqual([])
  expect(boundFaults([fault, fault])).toEqual([fault, fault])
  expect(boundFaults(many(40, 'a'.repeat(300)))).toEqual(many(40, 'a'.repeat(300)))
})

test('the first forty are kept, in their order', () => {
  const faults = many(50, 'x').map((each, nth) => ({ ...each, what: `fault ${nth}` }))
  expect(boundFaults(faults).map(({ what }) => what)).toEqual(faults.slice(0, 40).map(({ what }) => what))
})

test('a long text ends in an ellipsis', () => {
  const [bounded] = boundFaults(many(1, 'a'.repeat(301)))
  expect(bounded).toEqual(many(1, `${'a'.repeat(299)}…`)[0])
  expect(boundFaults(many(1, `${'a'.repeat(298)}🚢bc`))[0]?.what).toBe(`${'a'.repeat(298)}\ufffd…`)
})

test('all that is wrong is one line: the first, and how many more', () => {
  const line = 'Deployment shop/web is not valid (k8s/web.yaml:12): spec.selector is missing'
  expect(faultsText([fault])).toBe(line)
  expect(faultsText([fault, fault])).toBe(`${line} (and 1 more)`)
  expect(faultsText(many(3, 'a'.repeat(1_000))).length).toBeLessThan(1_000)
  expect(faultsText([])).toBe('it failed for no reason that is known')
})

test('faults fit into an event, whatever they hold', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\u0001', 'ß', '船', '🚢'), maxLength: 400 })
  const anyFault = fc.record({ what: text, where: text, because: text, try: text })
  fc.assert(
    fc.property(fc.array(anyFault, { maxLength: 60 }), (faults) => {
      expect(bytesOf({ message: faultsText(faults), faults: boundFaults(faults) })).toBeLessThan(60_000)
    }),
  )
  for (const unit of ['a', '"', '\u0001', '船', '🚢']) {
    const faults = many(60, unit.repeat(400))
    expect(bytesOf({ message: faultsText(faults), faults: boundFaults(faults) })).toBeLessThan(60_000)
    expect(boundFaults(faults).length).toBeGreaterThan(5)
  }
})

test('what a remote or a cluster says at length is recorded in brief, and once', () => {
  const long = 'x'.repeat(100_000)
  const failure = { kind: 'protocol', message: long, retryable: true } as const
  const registered = { ...initialRepository, config: { id: 'web' } as RepositoryConfig }
  const [event] = failSource(failure)(registered)
  expect(bytesOf(event)).toBeLessThan(2_000)
  expect(failSource(failure)(evolveRepository(registered, event as RepositoryEvent))).toEqual([])
})
