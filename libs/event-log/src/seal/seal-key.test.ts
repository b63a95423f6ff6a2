import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { sealKey } from './seal-key.ts'

const installation = randomBytes(32)
const key = sealKey(installation, 'workflow:a')
const secret = Buffer.from('password: hunter2')

test('what a key sealed it opens, also after a restart', () => {
  const sealed = key.seal(secret, 'context')
  expect(Buffer.from(sealed).includes('hunter2')).toBe(false)
  expect(sealKey(installation, 'workflow:a').unseal(sealed, 'context')).toEqual(secret)
})

test('the same body sealed twice looks different', () => {
  expect(key.seal(secret)).not.toEqual(key.seal(secret))
})

test.each([
  ['another purpose', () => sealKey(installation, 'workflow:b')],
  ['another installation', () => sealKey(randomBytes(32), 'workflow:a')],
])('the key of %s opens nothing', (_, other) => {
  expect(() => other().unseal(key.seal(secret))).toThrow('unable to authenticate')
})

test('a sealed body does not open in another context', () => {
  expect(() => key.unseal(key.seal(secret, 'here'), 'there')).toThrow('unable to authenticate')
})

test('a changed or cut body does not open', () => {
  const sealed = Buffer.from(key.seal(secret))
  for (const index of sealed.keys()) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => key.unseal(changed)).toThrow(/authenticate|not a sealed body/)
    expect(() => key.unseal(sealed.subarray(0, index))).toThrow(/authenticate|not a sealed body/)
  }
})

test('digests are the same under one key, and different under another', () => {
  expect(key.digest(secret)).toMatch(/^hmac:[0-9a-f]{64}$/)
  expect(key.digest(secret)).toBe(sealKey(installation, 'workflow:a').digest(secret))
  expect(key.digest(secret)).not.toBe(sealKey(installation, 'workflow:b').digest(secret))
})
