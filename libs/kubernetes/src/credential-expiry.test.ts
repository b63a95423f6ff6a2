import { createCertificate } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { credentialExpiry } from './credential-expiry.ts'

const part = (claims: unknown) => Buffer.from(JSON.stringify(claims)).toString('base64url')
const jwt = (claims: unknown) => `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmVk`
const instant = '2026-12-01T10:00:00.000Z'

const certificate = createCertificate('deployer', { notAfter: new Date(instant) }).cert

test.each([
  ['a token that is a JWT', { type: 'token', token: jwt({ exp: Date.parse(instant) / 1_000 }) }, instant],
  ['a token without an end', { type: 'token', token: jwt({ sub: 'system:serviceaccount:shop:deployer' }) }, null],
  ['a token whose end is no time', { type: 'token', token: jwt({ exp: 'soon' }) }, null],
  ['a token whose claims are no object', { type: 'token', token: jwt(null) }, null],
  ['a token that only looks like a JWT', { type: 'token', token: 'a.b.c' }, null],
  ['any other token', { type: 'token', token: 'abc' }, null],
  ['a client certificate', { type: 'certificate', certificate, key: '' }, instant],
  ['what is no certificate', { type: 'certificate', certificate: 'PEM', key: '' }, null],
] as const)('%s tells when it expires, or does not', (_title, credential, expiry) => {
  expect(credentialExpiry(credential)?.toISOString() ?? null).toBe(expiry)
})
