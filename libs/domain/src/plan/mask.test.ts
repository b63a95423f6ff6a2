import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChange, deleteChange, updateChange } from './change.ts'
import { isSecret, isShown, maskObject } from './mask.ts'
import type { KubernetesObject } from '../object/object-ref.ts'

const token = (value: string) => `(masked ${value.length})`
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

function secret(fields: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop', ...metadata }, ...fields }
}

test('a Secret keeps its keys, and a token stands for each value', () => {
  const masked = maskObject(secret({ type: 'Opaque', data: { user: 'YWRh', password: 'c2VjcmV0' } }), token)
  expect(masked).toEqual(secret({ type: 'Opaque', data: { user: '(masked 4)', password: '(masked 8)' } }))
  expect(maskObject(secret({ stringData: { user: 'ada' } }), token)['stringData']).toEqual({ user: '(masked 3)' })
})

test('what is no map of values is masked as a whole', () => {
  expect(maskObject(secret({ data: 'c2VjcmV0' }), token)['data']).toBe('(masked 8)')
  expect(maskObject(secret({ data: null }), token)['data']).toBe('(masked 4)')
  expect(maskObject(secret({ data: { a: 7, b: true, c: null } }), token)['data']).toEqual({
    a: '(masked 1)',
    b: '(masked 4)',
    c: '(masked 4)',
  })
})

test('a misspelt field of a Secret is masked as what it was meant to be', () => {
  expect(maskObject(secret({ stringDatas: { user: 'ada' }, date: 'YWRh' }), token)).toMatchObject({
    stringDatas: { user: '(masked 3)' },
    date: '(masked 4)',
  })
})

test('a field that is not there is not added', () => {
  expect(Object.keys(maskObject(secret({}), token))).toEqual(['apiVersion', 'kind', 'metadata'])
})

test('the last applied configuration is masked on every kind', () => {
  const config: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'shop', annotations: { [lastApplied]: '{"data":{"a":"b"}}', team: 'shop' } },
    data: { a: 'b' },
  }
  expect(maskObject(config, token)).toEqual({
    ...config,
    metadata: { name: 'shop', annotations: { [lastApplied]: '(masked 18)', team: 'shop' } },
  })
})

test('only the Secret of the core group is one', () => {
  expect(isSecret({ apiVersion: 'v1', kind: 'Secret' })).toBe(true)
  expect(isSecret({ apiVersion: 'v1', kind: 'ConfigMap' })).toBe(false)
  expect(isSecret({ apiVersion: 'example.com/v1', kind: 'Secret' })).toBe(false)
  const other = { ...secret({ data: { a: 'b' } }), apiVersion: 'example.com/v1' }
  expect(maskObject(other, token)).toBe(other)
})

/** Values that stand out in any text, so that finding one is no accident. */
const value = fc.string({ minLength: 1, maxLength: 40 }).map((text) => `s3cret:${text}:t3rces`)
const anyValue = fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.dictionary(fc.string(), value, { maxKeys: 3 }))
const values = fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), anyValue, { maxKeys: 5 })
const anySecret = fc.record(
  { data: fc.oneof(values, anyValue), stringData: fc.oneof(values, anyValue), applied: value },
  { requiredKeys: [] },
)

function withValues({
  applied,
  ...fields
}: {
  applied?: string
  data?: unknown
  stringData?: unknown
}): KubernetesObject {
  return secret(fields, applied === undefined ? {} : { annotations: { [lastApplied]: applied } })
}

test('no value of a Secret survives', () => {
  fc.assert(
    fc.property(anySecret, (fields) => {
      expect(JSON.stringify(maskObject(withValues(fields), () => '(masked)'))).not.toMatch(/s3cret|t3rces/)
    }),
  )
})

test('no value of a Secret survives in a change', () => {
  const everything = (before: KubernetesObject, after: KubernetesObject) => [
    { path: 'data', before: before['data'], after: after['data'] },
    { path: 'stringData', before: before['stringData'], after: after['stringData'] },
    { path: 'metadata', before: before.metadata, after: after.metadata },
  ]
  fc.assert(
    fc.property(anySecret, anySecret, (before, after) => {
      const [live, desired] = [withValues(before), withValues(after)]
      const changes = [
        createChange(desired, () => '(masked)'),
        updateChange(live, desired, () => '(masked)', everything),
        deleteChange(live, () => '(masked)'),
      ]
      expect(JSON.stringify(changes)).not.toMatch(/s3cret|t3rces/)
    }),
  )
})

test('masking does not change what it is given', () => {
  fc.assert(
    fc.property(anySecret, (fields) => {
      const object = withValues(fields)
      const before = JSON.stringify(object)
      maskObject(object, token)
      expect(JSON.stringify(object)).toBe(before)
    }),
  )
})

test('the same value has the same token, so that a change shows', () => {
  const masked = (data: object) => maskObject(secret({ data }), (text) => `#${text}`)['data']
  expect(masked({ a: 'x' })).toEqual(masked({ a: 'x' }))
  expect(masked({ a: 'x' })).not.toEqual(masked({ a: 'y' }))
  expect(masked({ a: { b: 'x' } })).not.toEqual(masked({ a: { b: 'y' } }))
})

test.each([
  ['spec.replicas', true],
  ['metadata.labels.app', true],
  ['metadata.labels["plimsoll.dev/workflow"]', true],
  ['spec.status', true],
  ['statusCode', true],
  ['status', false],
  ['status.replicas', false],
  ['status[0]', false],
  ['metadata.managedFields', false],
  ['metadata.managedFields[0].time', false],
  ['metadata.resourceVersion', false],
  ['metadata.generation', false],
  ['metadata.uid', false],
  ['metadata.creationTimestamp', false],
])('the field %s is shown: %s', (path, shown) => {
  expect(isShown({ path })).toBe(shown)
})
