import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { InvalidManifestsError } from '../manifest-error.ts'
import { parseManifestFile } from '../parse-manifest-file.ts'
import { decryptSops, isSopsFile } from './decrypt-sops.ts'

const read = (name: string) => readFileSync(new URL(`../../testdata/sops/${name}`, import.meta.url))
const keyOf = (name: string) => /^AGE-SECRET-KEY-.*$/m.exec(read(`key-${name}.txt`).toString())?.[0] ?? ''
const [one, two, other, hybrid] = [keyOf('one'), keyOf('two'), keyOf('other'), keyOf('hybrid')]
const open = (name: string, keys = [one], body: Uint8Array = read(name)) => decryptSops({ path: name, body }, keys)
const dataOf = (yaml: string | Buffer) =>
  parseAllDocuments(yaml.toString()).map((document) => document.toJS() as unknown)
const changed = (name: string, change: (text: string) => string) => Buffer.from(change(read(name).toString()))

async function fault(name: string, keys?: string[], body?: Uint8Array) {
  const error = await open(name, keys, body).catch((error: unknown) => error)
  if (!(error instanceof InvalidManifestsError)) throw new Error(`${name} was decrypted`)
  const [first] = error.errors
  if (first === undefined) throw new Error('an error without a cause')
  for (const value of ['hunter', 'correct horse', 'Zmlyc3Q', '4711', one, other])
    expect(error.message).not.toContain(value)
  return first
}

describe('what sops wrote is read as sops reads it', () => {
  test.each([
    'secret',
    'values',
    'documents',
    'mac-only',
    'two-recipients',
    'wholly',
    'canary',
    'canary-values',
    'encrypted-suffix',
    'unencrypted-suffix',
    'unencrypted-regex',
  ])('%s.enc.yaml', async (name) => {
    const { body, sensitive } = await open(`${name}.enc.yaml`)
    expect(dataOf(Buffer.from(body))).toEqual(dataOf(read(`${name}.plain.yaml`)))
    expect(sensitive.length).toBeGreaterThan(0)
  })

  test('JSON with numbers, words and lists', async () => {
    const { body } = await open('config.enc.json')
    const text = Buffer.from(body).toString()
    expect(JSON.parse(text)).toEqual(JSON.parse(read('config.plain.json').toString()))
    expect(text).toContain('9007199254740993')
  })

  test.each(['login.enc.env', 'site.conf.enc', 'blob.bin.enc'])('%s, byte for byte', async (name) => {
    const plain = name.endsWith('.env') ? 'login.plain.env' : name.replace(/enc$/, 'plain')
    const expected = read(plain).toString('latin1')
    const { body } = await open(name)
    // Of comments, only those that were not encrypted are kept.
    const kept = name.endsWith('.env') ? expected.replace(/^#.*\n/gm, '') : expected
    expect(Buffer.from(body).toString('latin1')).toBe(kept)
  })

  test('a key for the hybrid recipients of age, and a key group that is the only one', async () => {
    const { body } = await open('hybrid.enc.yaml', [one, hybrid])
    expect(dataOf(Buffer.from(body))).toEqual(dataOf(read('hybrid.plain.yaml')))
    expect((await open('one-group.enc.yaml')).sensitive).not.toEqual([])
  })

  test('any of several recipients opens the file, and any of several keys is enough', async () => {
    for (const keys of [[one], [two], [other, two]])
      expect((await open('two-recipients.enc.yaml', keys)).sensitive).toHaveLength(2)
  })
})

test('what was encrypted is named by document, pointer and value', async () => {
  expect((await open('documents.enc.yaml')).sensitive).toEqual([
    { document: 0, pointer: '/data/a', value: 'Zmlyc3Q=' },
    { document: 2, pointer: '/data/b', value: 'c2Vjb25k' },
  ])
  const values = (await open('values.enc.yaml')).sensitive
  expect(values).toContainEqual({ document: 0, pointer: '/database/users/1/password', value: 'hunter3' })
  expect(values).toContainEqual({ document: 0, pointer: '/database/a~1b~0c', value: 'slash' })
  expect(values).toContainEqual({ document: 0, pointer: '/database/tls', value: 'true' })
  expect(values).toContainEqual({ document: 0, pointer: '/database/raw', value: '/wD+' })
  expect(values.some(({ pointer }) => pointer.endsWith('_unencrypted') || pointer.startsWith('/sops'))).toBe(false)
  expect((await open('login.enc.env')).sensitive).toContainEqual({ document: 0, pointer: '/PORT', value: '5432' })
  expect((await open('site.conf.enc')).sensitive).toEqual([
    { document: 0, pointer: '', value: read('site.conf.plain').toString() },
  ])
})

test('lines keep their numbers, so that an error in the decrypted file names the right one', async () => {
  const encrypted = read('documents.enc.yaml').toString().split('\n')
  const { body } = await open('documents.enc.yaml')
  const objects = parseManifestFile({ path: 'a.yaml', blob: '1', body })
  expect(objects.map(({ object, line }) => [object.kind, encrypted[line - 1]])).toEqual(
    ['Secret', 'ConfigMap', 'Secret'].map((kind) => [kind, 'apiVersion: v1']),
  )
  expect(objects.map(({ object }) => Object.keys(object))).not.toContainEqual(expect.arrayContaining(['sops']))
})

test('the metadata goes also where it stands first, and from one-line JSON', async () => {
  const { sops, ...rest } = parse(read('secret.enc.yaml').toString()) as Record<string, unknown>
  for (const object of [
    { sops, ...rest },
    { ...rest, sops },
  ]) {
    const { body } = await open('secret.json', [one], Buffer.from(JSON.stringify(object)))
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(dataOf(read('secret.plain.yaml'))[0])
  }
})

describe('a file that cannot be trusted or opened is an error that says what to do', () => {
  test('no key', async () => {
    expect(await fault('secret.enc.yaml', [])).toMatchObject({
      file: 'secret.enc.yaml',
      message: expect.stringMatching(/encrypted with SOPS for age1\w+, and the workflow has no age key/),
      try: expect.stringContaining('--age-key-file'),
    })
  })
  test('another key', async () => {
    const { message, try: remedy } = await fault('two-recipients.enc.yaml', [other])
    expect(message).toMatch(/encrypted for age1\w+, age1\w+, and the workflow has the key of age1\w+/)
    expect(remedy).toContain('sops rotate')
  })
  test('only a KMS', async () => {
    const body = changed('secret.enc.yaml', (text) => text.replace('    age:\n', '    kms:\n'))
    expect(await fault('secret.enc.yaml', [one], body)).toMatchObject({
      message: 'it is encrypted for AWS KMS, and only age keys are supported',
    })
  })
  test('a key in shares', async () => {
    expect((await fault('split.enc.yaml', [one, two])).message).toContain('split between 2 key groups')
  })
  test('rules by comment, and INI', async () => {
    expect((await fault('comment.enc.yaml')).message).toContain('encrypted_comment_regex')
    expect((await fault('login.enc.ini')).message).toContain('INI')
  })
  test('a value that was changed, or moved to another key', async () => {
    const bent = changed('secret.enc.yaml', (text) =>
      text.replace(
        /(password: ENC\[AES256_GCM,data:)(.)/,
        (_, head: string, sign: string) => head + (sign === 'A' ? 'B' : 'A'),
      ),
    )
    expect(await fault('secret.enc.yaml', [one], bent)).toMatchObject({
      line: 12,
      message: 'the value at /stringData/password was changed after it was encrypted, or moved to another key',
    })
    const moved = changed('secret.enc.yaml', (text) => text.replace('    password: ENC', '    username2: ENC'))
    expect((await fault('secret.enc.yaml', [one], moved)).message).toContain('/stringData/username2')
  })
  test('a value in clear that the rules want encrypted', async () => {
    const body = changed('secret.enc.yaml', (text) => text.replace(/pin: ENC.*/, 'pin: 4712'))
    expect((await fault('secret.enc.yaml', [one], body)).message).toBe(
      'the value at /stringData/pin is not encrypted, although the rules of the file say so',
    )
  })
  test.each([
    ['an unencrypted value', (text: string) => text.replace('app: shop', 'app: shop2')],
    ['a value added in clear', (text: string) => text.replace('type: Opaque', 'type: Opaque\nimmutable: true')],
    ['a value removed', (text: string) => text.replace(/ {4}pin: ENC.*\n/, '')],
    [
      'values in another order',
      (text: string) => text.replace(/( {4}username: .*\n)((?:.*\n)*)( {4}pin: .*\n)/, '$3$2$1'),
    ],
    [
      'the rule about what the MAC covers',
      (text: string) => text.replace('sops:\n', 'sops:\n    mac_only_encrypted: true\n'),
    ],
  ])('%s: the MAC is wrong', async (_, change) => {
    const body = changed('secret.enc.yaml', change)
    expect(body.equals(read('secret.enc.yaml'))).toBe(false)
    expect((await fault('secret.enc.yaml', [one], body)).message).toContain('its MAC is wrong')
  })
  test('a MAC of another time, a missing MAC', async () => {
    const later = changed('secret.enc.yaml', (text) => text.replace(/lastmodified: "20\d\d/, 'lastmodified: "2031'))
    expect((await fault('secret.enc.yaml', [one], later)).message).toContain('its MAC was changed')
    const none = changed('secret.enc.yaml', (text) => text.replace(/ {4}mac: .*\n/, ''))
    expect((await fault('secret.enc.yaml', [one], none)).message).toBe('its SOPS metadata holds no MAC')
  })
  test('with mac_only_encrypted only what is encrypted is covered, as with sops', async () => {
    const body = changed('mac-only.enc.yaml', (text) => text.replace('count: 12', 'count: 13'))
    expect((await open('mac-only.enc.yaml', [one], body)).sensitive).toHaveLength(2)
  })
  test('a pattern that would match for ever, and one that is not supported', async () => {
    const evil = changed('secret.enc.yaml', (text) =>
      text.replace('^(data|stringData)$', '^(a+)+$').replace('    username: ', `    ${'a'.repeat(60)}!: `),
    )
    expect((await fault('secret.enc.yaml', [one], evil)).message).toBe('matching its encrypted_regex ran out of time')
    const odd = changed('secret.enc.yaml', (text) => text.replace('^(data|stringData)$', '(?P<x>data)'))
    expect((await fault('secret.enc.yaml', [one], odd)).message).toContain('is a pattern that is not supported')
  })
  test('an alias, malformed YAML, a document that is no map', async () => {
    const alias = changed('secret.enc.yaml', (text) => text.replace('app: shop', 'app: &a shop\n        b: *a'))
    expect((await fault('secret.enc.yaml', [one], alias)).message).toContain('/metadata/labels/app has an anchor')
    const torn = changed('secret.enc.yaml', (text) => text.replace('type: Opaque', 'type: "hunter2'))
    expect((await fault('secret.enc.yaml', [one], torn)).message).toBe('it is malformed')
    const list = changed('secret.enc.yaml', (text) => `${text}---\n- hunter2\n`)
    expect((await fault('secret.enc.yaml', [one], list)).message).toBe('it holds a document that is no map')
  })
})

test.each([
  ['values.enc.yaml', true],
  ['values.plain.yaml', false],
  ['config.enc.json', true],
  ['config.plain.json', false],
  ['login.enc.env', true],
  ['login.plain.env', false],
  ['login.enc.ini', true],
  ['site.conf.enc', true],
  ['site.conf.plain', false],
  ['blob.bin.plain', false],
])('%s is encrypted: %s', (name, is) => {
  expect(isSopsFile(name, read(name))).toBe(is)
})

test('a file that only speaks of SOPS is not encrypted', () => {
  const of = (text: string) => isSopsFile('a.yaml', Buffer.from(text))
  expect(of('kind: ConfigMap\ndata:\n  a: |\n    sops:\n      mac: b\n')).toBe(false)
  expect(of('sops: is a program\n')).toBe(false)
  expect(isSopsFile('a.json', Buffer.from('{"kind": "ConfigMap", "data": {"sops": "x"}}'))).toBe(false)
})

test('a value of another type than is stated is not told', async () => {
  const body = changed('secret.enc.yaml', (text) => text.replace(/(password: ENC.*)type:str/, '$1type:int'))
  expect((await fault('secret.enc.yaml', [one], body)).message).toBe(
    'the value at /stringData/password is not of the type that is stated',
  )
})

test.each(['secret.enc.yaml', 'values.enc.yaml', 'config.enc.json', 'login.enc.env', 'site.conf.enc'])(
  'whatever happens to %s on its way, it is refused, or reads as it did',
  async (name) => {
    const body = read(name)
    const before = Buffer.from((await open(name)).body).toString()
    const values = (await open(name)).sensitive.map(({ value }) => value).filter((value) => value.length > 6)
    const change = fc.oneof(
      fc.record({ at: fc.nat(body.length - 1), byte: fc.nat(255), cut: fc.constant(0) }),
      fc.record({ at: fc.nat(body.length - 1), byte: fc.constant(10), cut: fc.nat(300) }),
    )
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte, cut }) => {
        const bent = Buffer.concat([body.subarray(0, at), Buffer.of(byte), body.subarray(at + 1 + cut)])
        const outcome = await open(name, [one], bent).then(
          ({ body: after }) => ({ read: Buffer.from(after).toString() }),
          (error: unknown) => ({ refused: error }),
        )
        const error = 'refused' in outcome ? outcome.refused : new InvalidManifestsError([])
        expect(error).toBeInstanceOf(InvalidManifestsError)
        expect(values.filter((value) => String(error).includes(value))).toEqual([])
        // What neither the MAC nor a tag covers: comments, names of keys without a value, spaces.
        const lost = (text: string) => values.filter((value) => before.includes(value) && !text.includes(value))
        expect('read' in outcome ? lost(outcome.read) : []).toEqual([])
      }),
      { numRuns: 150 },
    )
  },
)
