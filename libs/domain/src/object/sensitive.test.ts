import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChange, updateChange } from '../plan/change.ts'
import { maskObject } from '../plan/mask.ts'
import type { ValueToken } from '../plan/mask.ts'
import type { KubernetesObject } from './object-ref.ts'
import { changeLeaves, leavesAt, sensitiveOf } from './sensitive.ts'
import type { SensitiveOf } from './sensitive.ts'

const any = { group: null, kind: null, namespace: null, name: null }
const settings = (fields: object, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...metadata },
  ...fields,
})
const withPointers = (...pointers: string[]): ValueToken => {
  const sensitive: SensitiveOf = () => pointers
  return Object.assign((value: string) => `(masked ${value.length})`, { sensitiveOf: sensitive })
}

test('rules and what was decrypted are brought together, by identity', () => {
  const decrypted = [
    { object: settings({}), sensitive: ['/data/token'] },
    { object: settings({}, { namespace: 'shop' }), sensitive: ['/data/pin'] },
  ]
  const rules = [{ ...any, kind: 'ConfigMap', name: 'set*', json_pointers: ['/data/named'] }]
  const of = sensitiveOf(rules, decrypted, 'shop')
  expect(of(settings({}, { namespace: 'shop' }))).toEqual(['/data/token', '/data/pin', '/data/named'])
  expect(of(settings({}, { namespace: 'other' }))).toEqual(['/data/named'])
  expect(of({ ...settings({}, { namespace: 'shop' }), kind: 'Secret' })).toEqual([])
})

test('a step into a list means all of its items, as they may stand elsewhere in the live object', () => {
  const object = {
    spec: {
      env: [
        { name: 'a', value: 1 },
        { name: 'b', value: 'two' },
      ],
      args: ['x', 'y'],
    },
  }
  expect(leavesAt(object, ['/spec/env/1/value', '/spec/args/0'])).toEqual(['1', 'two', 'x', 'y'])
  expect(leavesAt(object, ['/spec/env/*/value'])).toEqual(['1', 'two'])
  expect(leavesAt(object, ['/spec/env/name', '/spec/none/deeper', '/spec/args/0/deeper'])).toEqual([])
})

test('names with slashes, tildes and of the prototype are found, and nothing else is touched', () => {
  const object = JSON.parse('{"a/b": {"c~d": "x"}, "__proto__": {"y": "z"}, "e": "f"}') as object
  expect(leavesAt(object, ['/a~1b/c~0d', '/__proto__/y', '/toString/name'])).toEqual(['x', 'z'])
  const changed = changeLeaves(object, ['/a~1b/c~0d'], () => '*')
  expect(JSON.stringify(changed)).toBe('{"a/b":{"c~d":"*"},"__proto__":{"y":"z"},"e":"f"}')
})

test('what a pointer leads to is masked leaf by leaf, and names are kept', () => {
  const object = settings({ data: { token: 'hunter2', open: 'x' }, spec: { list: [{ a: 1, b: null }] } })
  expect(maskObject(object, withPointers('/data/token', '/spec'))).toEqual(
    settings({ data: { token: '(masked 7)', open: 'x' }, spec: { list: [{ a: '(masked 1)', b: '(masked 4)' }] } }),
  )
})

test('what an object is found by cannot be hidden', () => {
  const object = settings({ data: { a: 'b' } })
  expect(maskObject(object, withPointers('/kind', '/apiVersion', '/metadata/name', '/metadata'))).toEqual(object)
})

test('a hidden value is hidden in the annotations, too, as it is and decoded', () => {
  const annotations = { copy: '{"pin":"4711"}', base: '{"pin":"NDcxMQ=="}', other: '0815' }
  const masked = maskObject(settings({ data: { pin: '4711' } }, { annotations }), withPointers('/data/pin'))
  expect(masked.metadata.annotations).toEqual({ copy: '(masked 14)', base: '(masked 18)', other: '0815' })
  const secret = { ...settings({ data: { pin: 'NDcxMQ==' } }, { annotations }), kind: 'Secret' }
  expect(maskObject(secret, withPointers()).metadata.annotations).toEqual({
    copy: '(masked 14)',
    base: '(masked 18)',
    other: '0815',
  })
})

test('what a Secret holds is hidden once, whoever names it', () => {
  const secret = { ...settings({ data: { pin: 'NDcxMQ==' } }), kind: 'Secret' }
  expect(maskObject(secret, withPointers('/data/pin', '/data'))).toEqual(maskObject(secret, withPointers()))
})

test.each(['kapp.k14s.io/original', 'banzaicloud.com/last-applied', 'objectset.rio.cattle.io/applied'])(
  'the copy of the object in %s is masked',
  (name) => {
    const masked = maskObject(settings({}, { annotations: { [name]: 'H4sIAAAA' } }), withPointers())
    expect(masked.metadata.annotations).toEqual({ [name]: '(masked 8)' })
  },
)

test('a change shows that a hidden value changed, and neither value', () => {
  const token = withPointers('/data/pin', '/spec/replicas')
  const fields = (a: KubernetesObject, b: KubernetesObject) => [{ path: 'data', before: a['data'], after: b['data'] }]
  const [before, after] = [settings({ data: { pin: '4711' } }), settings({ data: { pin: '08150' } })]
  const change = updateChange(before, after, token, fields)
  expect(change?.diff).toBe('~ Updating ConfigMap/settings:\n  data: {"pin":"(masked 4)"} -> {"pin":"(masked 5)"}')
  expect(JSON.stringify(change)).not.toMatch(/4711|0815/)
  expect(createChange(settings({ spec: { replicas: 17 } }), token).diff).toBe('+ Creating ConfigMap/settings')
})

test('no value survives where pointers of its object lead to it', () => {
  const leaf = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `s3cret:${text}:t3rces`)
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('node'), { maxKeys: 3 }),
    ),
  })).node
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), tree, { maxKeys: 4 }), (spec) => {
      const object = settings({ spec })
      const pointers = pointersTo(spec).map((pointer) => `/spec${pointer}`)
      const masked = maskObject(object, withPointers(...pointers))
      const values = JSON.stringify(masked).match(/s3cret:.*?:t3rces/g) ?? []
      expect(values).toEqual([])
    }),
  )
})

function pointersTo(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['']
  return Object.entries(value).flatMap(([key, inner]) =>
    pointersTo(inner).map((rest) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${rest}`),
  )
}
