import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { oidOf } from './index-pack.ts'
import { openPackSink } from './pack-sink.ts'
import { openPackStore } from './pack-store.ts'

const root = mkdtempSync(join(tmpdir(), 'git packs-'))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(root, 'pack '))
})
afterAll(() => rmSync(root, { recursive: true }))

const blobType = 3
const offsetDelta = 6
const idDelta = 7

function header(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size % 16)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))]
const entry = (type: number, body: Buffer, base = Buffer.alloc(0)) =>
  Buffer.concat([header(type, body.length), base, deflateSync(body)])
const blob = (text: string) => entry(blobType, Buffer.from(text))
/** Copies the whole base and adds a text. */
const appending = (base: string, text: string) =>
  Buffer.from([
    ...varint(base.length),
    ...varint(base.length + text.length),
    0x90,
    base.length,
    text.length,
    ...Buffer.from(text),
  ])
const idOf = (text: string) => oidOf({ type: 'blob', body: Buffer.from(text) })

function pack(entries: readonly Buffer[], count = entries.length): Buffer {
  const head = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  head.writeUInt32BE(count, 8)
  const body = Buffer.concat([head, ...entries])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

async function receive(bytes: Buffer, { maxObjects = 1000, chunk = 7 } = {}): Promise<void> {
  await using sink = await openPackSink(folder, maxObjects)
  for (let at = 0; at < bytes.length; at += chunk) await sink.write(bytes.subarray(at, at + chunk))
  await sink.finish(AbortSignal.timeout(100_000))
}

async function textOf(oid: string): Promise<string | undefined> {
  const store = await openPackStore(folder)
  const found = store.find(oid)
  const text = found?.pack.read(found.offset).body.toString()
  store.close()
  return text
}

describe('a pack that arrives whole', () => {
  test.each([1, 7, 4096])('in pieces of %i bytes gives its objects', async (chunk) => {
    await receive(pack([blob('one'), blob(''), blob('x'.repeat(100_000))]), { chunk })
    expect(await textOf(idOf('one'))).toBe('one')
    expect(await textOf(idOf(''))).toBe('')
    expect(await textOf(idOf('x'.repeat(100_000)))).toBe('x'.repeat(100_000))
    expect(
      readdirSync(folder)
        .map((name) => name.replace(/^pack-[0-9a-f]{40}/, ''))
        .toSorted(),
    ).toEqual(['.idx', '.pack'])
  })

  test('has deltas against what lies before, by distance', async () => {
    const base = blob('base')
    const first = entry(offsetDelta, appending('base', ' one'), Buffer.of(base.length))
    const second = entry(offsetDelta, appending('base one', ' two'), Buffer.of(first.length))
    await receive(pack([base, first, second]))
    expect(await textOf(idOf('base one two'))).toBe('base one two')
  })

  test('has deltas against what lies anywhere, by id', async () => {
    const id = (text: string) => Buffer.from(idOf(text), 'hex')
    const late = entry(idDelta, appending('base one', ' two'), id('base one'))
    const early = entry(idDelta, appending('base', ' one'), id('base'))
    const onLate = entry(offsetDelta, appending('base one two', '!'), Buffer.of(late.length))
    await receive(pack([late, onLate, early, blob('base')]))
    expect(await textOf(idOf('base one two!'))).toBe('base one two!')
  })

  test('of no objects leaves nothing', async () => {
    await receive(pack([]))
    expect(readdirSync(folder)).toEqual([])
  })
})

const zeros = deflateSync(Buffer.alloc(64 * 1024 * 1024))
const base = blob('base')
const lie = (type: number, size: number, ...parts: Buffer[]) => Buffer.concat([header(type, size), ...parts])

describe('a pack that is refused', () => {
  test.each([
    ['is cut off', pack([blob('one'), blob('two')]).subarray(0, -25), /cut off/],
    ['was changed on its way', Buffer.from(pack([blob('one')])).fill(1, 14, 15), /changed or cut off/],
    ['is no pack', Buffer.from('<html>'.repeat(10)), /no pack/],
    ['has a newer version', Buffer.from(pack([blob('one')])).fill(3, 7, 8), /no pack/],
    ['holds less than it states', pack([blob('one')], 2), /cut off/],
    ['holds more than it states', pack([blob('one'), blob('two')], 1), /more than it states/],
    ['holds more than is allowed', pack([blob('one')], 1001), /more than 1000 objects/],
    ['holds an unknown type', pack([entry(5, Buffer.from('x'))]), /unknown type/],
    ['holds a bomb that states another size', pack([lie(blobType, 10, zeros)]), /cannot be inflated/],
    ['holds an object beyond all bounds', pack([lie(blobType, 3 * 1024 ** 3, zeros)]), /larger than/],
    ['states a size without end', pack([Buffer.alloc(30, 0xff)]), /beyond all bounds|larger than/],
    ['holds an object that is not deflated', pack([lie(blobType, 4, Buffer.from('junk'))]), /cannot be inflated/],
    ['has a base outside', pack([entry(offsetDelta, appending('x', 'y'), Buffer.of(127))]), /outside its pack/],
    ['has itself as a base', pack([base, entry(offsetDelta, appending('x', 'y'), Buffer.of(0))]), /outside its pack/],
    ['lacks a base', pack([entry(idDelta, appending('x', 'y'), Buffer.alloc(20))]), /without its base/],
    [
      'has a delta of another base',
      pack([base, entry(offsetDelta, appending('other', 'y'), Buffer.of(base.length))]),
      /fit its base/,
    ],
    [
      'has a delta that copies from outside',
      pack([base, entry(offsetDelta, Buffer.of(4, 9, 0x91, 200, 9), Buffer.of(base.length))]),
      /outside its object/,
    ],
    [
      'has a delta that grows beyond all bounds',
      pack([base, entry(offsetDelta, Buffer.from([4, ...varint(3 * 1024 ** 3), 0x80]), Buffer.of(base.length))]),
      /larger than/,
    ],
    [
      'has a delta with the reserved instruction',
      pack([base, entry(offsetDelta, Buffer.of(4, 4, 0), Buffer.of(base.length))]),
      /reserves/,
    ],
    [
      'has a delta that ends early',
      pack([base, entry(offsetDelta, Buffer.of(4, 9, 0x90, 4), Buffer.of(base.length))]),
      /cut off/,
    ],
  ])('%s', async (_name, bytes, message) => {
    await expect(receive(bytes, { chunk: 8192 })).rejects.toThrow(message)
    expect(readdirSync(folder)).toEqual([])
  })
})

test('two deltas that have each other as a base are refused', async () => {
  const pair = [
    entry(idDelta, appending('x', 'y'), Buffer.alloc(20, 1)),
    entry(idDelta, appending('x', 'z'), Buffer.alloc(20, 2)),
  ]
  await expect(receive(pack(pair))).rejects.toThrow(/without its base/)
})

test('work that nobody waits for ends', async () => {
  const reason = new Error('enough')
  const many = pack(Array.from({ length: 900 }, (_, i) => blob(`${i}`.repeat(20_000))))
  await using sink = await openPackSink(folder, 1000)
  await sink.write(many)
  await expect(sink.finish(AbortSignal.abort(reason))).rejects.toBe(reason)
})
