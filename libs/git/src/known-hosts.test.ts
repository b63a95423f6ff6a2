import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { fingerprintOf, keyTypeOf, lookUpHost } from './known-hosts.ts'

const wire = (type: string, body: string) => {
  const part = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
  return Buffer.concat([part(type), part(body)])
}
const key = wire('ssh-ed25519', 'the key that is known, 32 bytes.')
const other = wire('ssh-ed25519', 'another key, 32 bytes in length.')
const line = `ssh-ed25519 ${key.toString('base64')}`
const salt = Buffer.from('a salt of 20 bytes..')
const hashed = (name: string) =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`

test.each([
  ['a name', `git.example ${line}`, 'git.example', 22, 'known'],
  ['a name in capitals', `Git.Example ${line}`, 'git.EXAMPLE', 22, 'known'],
  ['one of several names', `a.example,git.example,10.0.0.1 ${line} a comment`, 'git.example', 22, 'known'],
  ['another name', `git.example ${line}`, 'git.example.evil', 22, 'unknown'],
  ['a port', `[git.example]:2222 ${line}`, 'git.example', 2222, 'known'],
  ['a name without its port', `git.example ${line}`, 'git.example', 2222, 'unknown'],
  ['another port', `[git.example]:2222 ${line}`, 'git.example', 22, 'unknown'],
  ['a pattern', `*.example ${line}`, 'git.example', 22, 'known'],
  ['a pattern of one letter', `gi?.example ${line}`, 'git.example', 22, 'known'],
  ['a dot that is a dot', `git.example ${line}`, 'gitxexample', 22, 'unknown'],
  ['an exception', `*.example,!git.example ${line}`, 'git.example', 22, 'unknown'],
  ['a hashed name', `${hashed('git.example')} ${line}`, 'git.example', 22, 'known'],
  ['a hashed port', `${hashed('[git.example]:2222')} ${line}`, 'git.example', 2222, 'known'],
  ['a hash of another name', `${hashed('git.example')} ${line}`, 'evil.example', 22, 'unknown'],
  ['a revoked key', `git.example ${line}\n@revoked * ${line}`, 'git.example', 22, 'revoked'],
  ['a certificate authority', `@cert-authority git.example ${line}`, 'git.example', 22, 'unknown'],
  ['comments and Windows line ends', `# ours\r\n\r\ngit.example ${line}\r\n`, 'git.example', 22, 'known'],
  ['another key', `git.example ssh-ed25519 ${other.toString('base64')}`, 'git.example', 22, 'changed'],
  ['nothing', '', 'git.example', 22, 'unknown'],
] as const)('known_hosts with %s', (_name, text, host, port, verdict) => {
  expect(lookUpHost(text, host, port).judge(key)).toBe(verdict)
})

test('a key is named by its type and the digest that ssh-keygen prints', () => {
  expect(keyTypeOf(key)).toBe('ssh-ed25519')
  expect(fingerprintOf(key)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  expect(lookUpHost(`git.example ${line}\ngit.example ssh-rsa AAAA`, 'git.example', 22).types).toEqual([
    'ssh-ed25519',
    'ssh-rsa',
  ])
})
