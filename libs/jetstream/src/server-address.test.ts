import { expect, test } from 'vitest'
import { serverAddress } from './server-address.ts'

test.each([
  ['nats://host', { servers: ['host:4222'] }],
  ['host:5222', { servers: ['host:5222'] }],
  ['nats://[::1]:5222', { servers: ['[::1]:5222'] }],
  ['nats://me:p%40ss@host:5222', { servers: ['host:5222'], user: 'me', pass: 'p@ss' }],
  ['nats://s3cr3t@host', { servers: ['host:4222'], token: 's3cr3t' }],
  ['tls://me:pw@a:1, tls://b:2', { servers: ['a:1', 'b:2'], user: 'me', pass: 'pw', tls: {} }],
])('%s', (url, expected) => {
  expect(serverAddress(url)).toEqual(expected)
})

test.each(['http://me:hunter2@host', 'nats://', 'nats://me:hunter2@'])('%s is refused without repeating it', (url) => {
  expect(() => serverAddress(url)).toThrow(/^not a NATS address: (?!.*hunter2)/)
})
