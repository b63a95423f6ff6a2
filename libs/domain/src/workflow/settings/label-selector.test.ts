import { expect, test } from 'vitest'
import { matchesLabels, parseSelector } from './label-selector.ts'

const production = { app: 'shop', environment: 'production', 'example.org/team': 'web' }
const staging = { app: 'shop', environment: 'staging' }
const other = { app: 'billing' }

test.each([
  ['', [production, staging, other]],
  ['app=shop', [production, staging]],
  ['app==shop', [production, staging]],
  ['app = shop , environment=staging', [staging]],
  ['environment!=staging', [production, other]],
  ['environment in (staging, production)', [production, staging]],
  ['environment in(staging)', [staging]],
  ['environment notin (staging)', [production, other]],
  ['environment notin (staging,production),app', [other]],
  ['environment', [production, staging]],
  ['!environment', [other]],
  ['! environment', [other]],
  ['example.org/team=web', [production]],
  ['app=', []],
])('%s', (text, expected) => {
  const parsed = parseSelector(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  expect([production, staging, other].filter((labels) => matchesLabels(parsed.selector, labels))).toEqual(expected)
})

test('a label of no value is another than a label that is missing', () => {
  const parsed = parseSelector('app=')
  expect(parsed.ok && matchesLabels(parsed.selector, { app: '' })).toBe(true)
  expect(parsed.ok && matchesLabels(parsed.selector, {})).toBe(false)
})

test('a label is not found among what every object has', () => {
  const parsed = parseSelector('constructor')
  expect(parsed.ok && matchesLabels(parsed.selector, {})).toBe(false)
})

test.each([
  'app=shop,',
  ',',
  'app in shop',
  'app in (a',
  'app in (a b)',
  'app~shop',
  'app=a b',
  '-app=shop',
  'app=shop!',
  '=shop',
  '!',
  'a'.repeat(5_000),
])('%s is no selector', (text) => {
  expect(parseSelector(text)).toMatchObject({ ok: false })
})
