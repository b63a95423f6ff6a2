import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import type { KubernetesObject } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { parseManifestFile } from '../parse-manifest-file.ts'
import { decryptSops, type DecryptedValue } from './decrypt-sops.ts'
import { encryptedLeaf, hideDecrypted, sensitiveByValue, sensitivePointers } from './sensitive-pointers.ts'

const read = (name: string) => readFileSync(new URL(`../../testdata/sops/${name}`, import.meta.url))
const key = /^AGE-SECRET-KEY-.*$/m.exec(read('key-one.txt').toString())?.[0] ?? ''
const value = (text: string, pointer = '/x'): DecryptedValue => ({ pointer, document: 0, value: text })
const settings = (data: object, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...metadata },
  data,
})

async function decrypted(name: string, body: Uint8Array = read(name)) {
  const opened = await decryptSops({ path: name, body }, [key])
  const objects = parseManifestFile({ path: name, blob: '', body: opened.body }).map(({ object }) => object)
  return { objects, values: opened.sensitive }
}

test('in the objects of a decrypted file, exactly what was encrypted is sensitive', async () => {
  const { objects, values } = await decrypted('documents.enc.yaml')
  expect(objects.map((object) => sensitivePointers(object, values))).toEqual([['/data/a'], [], ['/data/b']])
})

test('what names an object is not, where the whole file is encrypted', async () => {
  const { objects, values } = await decrypted('wholly.enc.yaml')
  expect(objects.map((object) => sensitivePointers(object, values))).toEqual([
    ['/data/a'],
    ['/immutable', '/count'],
    ['/data/b'],
  ])
  expect(sensitiveByValue(settings({ a: 'v1', b: 'first', c: 'Secret' }), values)).toEqual([])
})

test('numbers are found however they are written, and items of a List where they are in it', () => {
  const object = settings({ huge: 1e23, big: 9007199254740993n, half: 0.5, on: true })
  const values = [
    value('100000000000000000000000', '/data/huge'),
    value('9007199254740993', '/data/big'),
    value('0.5', '/data/half'),
    value('true', '/data/on'),
  ]
  const pointers = values.map(({ pointer }) => pointer)
  expect(sensitivePointers(object, values)).toEqual(pointers)
  const listed = values.map((one) => ({ ...one, pointer: `/items/3${one.pointer}` }))
  expect(sensitivePointers(object, listed)).toEqual(pointers)
})

test.each([
  ['as it is', (text: string) => text],
  ['with space around it', (text: string) => `  ${text}\n`],
  ['in a longer text', (text: string) => `postgres://shop:${text}@db/shop`],
  ['in base64', (text: string) => Buffer.from(text).toString('base64')],
  ['in base64 of a longer text', (text: string) => Buffer.from(`{"auths":"x:${text}"}`).toString('base64')],
  ['in base64 of a text that begins with it', (text: string) => Buffer.from(`${text}:x`).toString('base64url')],
  ['in a URL', (text: string) => `https://db/?p=${encodeURIComponent(text)}`],
  ['in JSON', (text: string) => JSON.stringify({ password: text })],
  ['as a digest', (text: string) => createHash('sha256').update(text).digest('hex')],
])('a rendered value is found %s', (_, form) => {
  for (const text of ['4711', 'hunter2', 'p"ss w/rd?', 'one\ntwo lines'])
    expect(sensitiveByValue(settings({ a: form(text), b: 'open' }), [value(text)])).toEqual(['/data/a'])
})

test('each line of a decrypted file is found, indented anew or alone', () => {
  const values = [value('-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n', '')]
  const object = settings({ whole: 'a\n  MIIEvQIBADAN\n', part: 'MIIEvQIBADAN', open: 'none of it' })
  expect(sensitiveByValue(object, values)).toEqual(['/data/whole', '/data/part'])
})

test('a short value counts only as a whole, numbers and names of the object included', () => {
  const object = settings({ a: 7, b: 'port 7', c: '7' }, { name: 'shop-7' })
  expect(sensitiveByValue(object, [value('7')])).toEqual(['/data/a', '/data/c'])
  expect(sensitiveByValue(settings({ a: 'x' }, { name: 'hunter2' }), [value('hunter2')])).toEqual([])
})

test('without a decrypted value nothing is sensitive, digests neither', () => {
  expect(sensitiveByValue(settings({ a: 'f'.repeat(64) }), [])).toEqual([])
})

test('what a program said is rid of decrypted values', () => {
  const errors = [
    { file: 'a', line: 1, message: 'bad value "hunter2" (aHVudGVyMg==) in x', try: 'change hunter2' },
    { file: 'b', line: 0, message: 'bad port', try: 'mend it' },
  ]
  expect(hideDecrypted(errors, [value('hunter2')])).toEqual([
    { file: 'a', line: 1, message: 'bad value "***" (***) in x', try: 'change ***' },
    errors[1],
  ])
  expect(hideDecrypted(errors, [])).toBe(errors)
})

test('a value that is still encrypted is found', () => {
  const encrypted = /password: (ENC\[.*\])/.exec(read('secret.enc.yaml').toString())?.[1] ?? ''
  expect(encryptedLeaf(settings({ list: ['x', encrypted] }))).toBe('/data/list/1')
  expect(encryptedLeaf(settings({ a: 'ENC[AES256_GCM] is a form' }))).toBeUndefined()
})
