import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterSamples, repositorySamples, systemSamples, workflowSamples } from './samples.ts'
import { clusterCodec, repositoryCodec, systemCodec, workflowCodec } from '../src/codec.ts'
import { UnknownEventError } from '../src/event.ts'
import type { EncodedEvent } from '../src/event.ts'
import type { Json, JsonObject } from '../src/json/json.ts'

// The corpus holds every schema version of every event that was ever written, one file each; a file is never changed.
//
// `samples` holds one event of each type as this version writes it, and the compiler holds the samples to the types.
// So a field that is added, removed, renamed or of another type changes a sample (or it does not compile), the sample
// differs from its file, and the way out is an upcaster, a new version and a new file. What this cannot catch: a new
// optional field, a type that only became wider (such as `| null`), another meaning of the same shape, and someone who
// changes a file of the corpus together with the sample: Git shows that.

type Stored = { readonly type: string; readonly schemaVersion: number; readonly data: Json }
type Event = { readonly type: string; readonly data: Json }
type Codec = {
  readonly types: readonly string[]
  readonly encode: (event: Event) => EncodedEvent
  readonly decode: (stored: Stored) => Event
}

const kinds = [
  [repositoryCodec, repositorySamples],
  [workflowCodec, workflowSamples],
  [systemCodec, systemSamples],
  [clusterCodec, clusterSamples],
] as unknown as readonly (readonly [Codec, Readonly<Record<string, Event>>])[]

const folder = join(import.meta.dirname, '../testdata/events')
const corpus = globSync('*.json', { cwd: folder })
  .toSorted()
  .map((file) => ({
    file: basename(file, '.json'),
    stored: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Stored,
  }))
const versionsOf = (name: string) =>
  corpus.filter(({ stored }) => stored.type === name).map(({ stored }) => stored.schemaVersion)

const types = kinds.flatMap(([codec, samples]) =>
  Object.values(samples).map((sample) => ({ type: sample.type, codec, sample })),
)
const files = corpus.map(({ file, stored }) => {
  const known = types.find(({ type }) => type === stored.type)
  if (known === undefined) throw new Error(`the corpus holds ${file}, a type that no codec knows`)
  return { file, stored, ...known }
})

test.each(kinds)('every type of a codec has a sample', ({ types: known }, samples) => {
  expect(Object.keys(samples).toSorted()).toEqual([...known].toSorted())
})

test.each(types)('the corpus holds $type in every version', ({ type, codec, sample }) => {
  const newest = codec.encode(sample).schemaVersion
  expect(versionsOf(type)).toEqual(Array.from({ length: newest }, (_, index) => index + 1))
})

test.each(files)('$file is named after what it holds', ({ file, stored }) => {
  expect(file).toBe(`${stored.type}.v${stored.schemaVersion}`)
})

test.each(files)('$file decodes to what this version reads', ({ stored, codec, sample }) => {
  const event = codec.decode(stored)
  expect(event.type).toBe(stored.type)
  expect(shapeOf(event.data)).toEqual(shapeOf(blankedLike(sample.data, event.data)))
})

test.each(files)('$file is written again with nothing lost', ({ stored, codec }) => {
  const written = codec.encode(codec.decode(stored))
  expect(codec.decode({ ...written })).toEqual(codec.decode(stored))
})

test.each(types)('$type is written as its newest file has it', ({ type, codec, sample }) => {
  const { schemaVersion, data } = codec.encode(sample)
  expect({ type, schemaVersion, data }).toEqual(corpus.find(({ file }) => file === `${type}.v${schemaVersion}`)?.stored)
})

test.each(files)('$file names every blob that it refers to', ({ stored, codec }) => {
  const { blobs = [] } = codec.encode(codec.decode(stored))
  expect([...blobs].toSorted()).toEqual([...new Set(digestsIn(stored.data))].toSorted())
})

test('a blob that is not there is not named', () => {
  const { data } = workflowSamples.SyncFailed
  expect(workflowCodec.encode({ type: 'SyncFailed', data: { ...data, inventory: null } }).blobs).toBeUndefined()
})

test('a blob that is there twice is named once', () => {
  const { data } = workflowSamples.SyncSucceeded
  const { manifest_set } = data
  const encoded = workflowCodec.encode({ type: 'SyncSucceeded', data: { ...data, inventory: manifest_set } })
  expect(encoded.blobs).toEqual([manifest_set])
})

test.each(kinds.map(([codec], index) => ({ codec, index })))(
  'an unknown type is refused by codec $index',
  ({ codec }) => {
    const unknown = { type: 'MoonPhaseObserved', schemaVersion: 1, data: {} }
    expect(() => codec.decode(unknown)).toThrow(UnknownEventError)
    expect(() => codec.decode({ ...unknown, type: 'constructor' })).toThrow(UnknownEventError)
    expect(() => codec.decode(unknown)).toThrow('the log holds MoonPhaseObserved in schema version 1')
  },
)

test.each(types)('a newer version of $type is refused', ({ type, codec, sample }) => {
  const { schemaVersion, data } = codec.encode(sample)
  expect(() => codec.decode({ type, schemaVersion: schemaVersion + 1, data })).toThrow(UnknownEventError)
  expect(() => codec.decode({ type, schemaVersion: 0, data })).toThrow(UnknownEventError)
})

test.each(types)('no other kind of stream knows $type', ({ type, codec, sample }) => {
  for (const other of kinds.map(([each]) => each).filter((each) => each !== codec))
    expect(() => other.decode({ type, schemaVersion: 1, data: sample.data })).toThrow(UnknownEventError)
})

/** Every path of a value with the type that is found there; items of a list share one path. */
function shapeOf(value: Json | undefined, path = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item: Json) => shapeOf(item, `${path}[]`)))]
  if (typeof value !== 'object' || value === null) return [`${path}: ${value === null ? 'null' : typeof value}`]
  return Object.entries(value)
    .flatMap(([key, inner]) => shapeOf(inner, `${path}.${key}`))
    .toSorted()
}

/** The sample as an older version may leave it: what an upcaster fills with null or with nothing is so here too. */
function blankedLike(sample: Json | undefined, older: Json | undefined): Json {
  if (older === null || older === undefined || sample === undefined) return older ?? null
  if (isEmpty(older) && typeof sample === 'object') return older
  if (typeof sample !== 'object' || sample === null || Array.isArray(sample) || typeof older !== 'object') return sample
  return Object.fromEntries(
    Object.entries(sample).map(([key, inner]) => [
      key,
      Object.hasOwn(older, key) ? blankedLike(inner, (older as JsonObject)[key]) : (inner ?? null),
    ]),
  )
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function digestsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return /^(?:sha256|hmac):[0-9a-f]{64}$/.test(value) ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((inner: Json | undefined) => digestsIn(inner))
}
