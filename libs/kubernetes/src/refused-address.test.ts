import { promisify } from 'node:util'
import type { LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { checkHost, guardedLookup, refuseAddress } from './refused-address.ts'

const strict = refuseAddress({ allowLoopback: false })
const local = refuseAddress({ allowLoopback: true })

test.each([
  '169.254.169.254',
  '169.254.0.1',
  'fe80::1',
  '::ffff:169.254.169.254',
  'fd00:ec2::254',
  'fd20:ce::254',
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '64:ff9b::a9fe:a9fe',
])('%s, where clouds serve credentials, is refused everywhere', (address) => {
  expect(strict(address)).toContain('link-local')
  expect(local(address)).toContain('link-local')
})

test.each(['0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1'])('%s is no server', (address) => {
  expect(strict(address)).toContain('no address of a server')
})

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
  '%s is refused unless loopback is allowed',
  (address) => {
    expect(strict(address)).toContain('this machine itself')
    expect(local(address)).toBeUndefined()
  },
)

test.each(['10.0.0.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', 'fd12:3456::1', '203.0.113.7', '2001:db8::1'])(
  '%s may be a cluster, in a private network too',
  (address) => {
    expect(strict(address)).toBeUndefined()
  },
)

test('a host that is an address is judged by itself, in any notation that URLs have', () => {
  for (const text of ['https://127.1', 'https://0x7f000001', 'https://[::1]:6443', 'https://2130706433'])
    expect(() => checkHost(new URL(text).hostname, strict)).toThrow('this machine itself')
  checkHost('example.com', strict)
})

test('a name is judged by what it leads to', async () => {
  const look = (guard: LookupFunction) => promisify(guard)('localhost', { all: true })
  await expect(look(guardedLookup(strict))).rejects.toThrow(/localhost: .* is this machine itself/)
  expect(await look(guardedLookup(local))).toEqual(expect.arrayContaining([]))
})
