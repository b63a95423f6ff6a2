import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePath, pathText } from '@plimsoll/domain'
import type { PathStep } from '@plimsoll/domain'
import { diffFields } from './diff-fields.ts'

const cases: [string, unknown, unknown, unknown[]][] = [
  ['nothing', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, []],
  ['a value', { spec: { replicas: 1 } }, { spec: { replicas: 3 } }, [{ path: 'spec.replicas', before: 1, after: 3 }]],
  ['a new field', { data: {} }, { data: { a: '1' } }, [{ path: 'data.a', after: '1' }]],
  ['a removed field with all below it', { a: { b: { c: 1 } } }, { a: {} }, [{ path: 'a.b', before: { c: 1 } }]],
  ['a name that every object has', { data: {} }, { data: { toString: 'a' } }, [{ path: 'data.toString', after: 'a' }]],
  ['a null is a value', { a: null }, {}, [{ path: 'a', before: null }]],
  ['another type', { a: '80' }, { a: 80 }, [{ path: 'a', before: '80', after: 80 }]],
  ['a map instead of a list', { a: [] }, { a: {} }, [{ path: 'a', before: [], after: {} }]],
  ['an integer that came as bigint', { a: 5n }, { a: 5 }, []],
  [
    'a name with a dot',
    { metadata: { annotations: { 'a.b/c': '1' } } },
    { metadata: { annotations: { 'a.b/c': '2' } } },
    [{ path: 'metadata.annotations["a.b/c"]', before: '1', after: '2' }],
  ],
  [
    'an item of a list with names',
    { containers: [{ name: 'a', image: '1' }, { name: 'b' }] },
    { containers: [{ name: 'a', image: '2' }, { name: 'b' }] },
    [{ path: 'containers[name=a].image', before: '1', after: '2' }],
  ],
  [
    'an inserted item does not move the others',
    { ports: [{ port: 80 }] },
    { ports: [{ port: 79 }, { port: 80 }] },
    [{ path: 'ports[port=79]', after: { port: 79 } }],
  ],
  [
    'another order of named items',
    { env: [{ name: 'A' }, { name: 'B' }] },
    { env: [{ name: 'B' }, { name: 'A' }] },
    [{ path: 'env', before: ['A', 'B'], after: ['B', 'A'] }],
  ],
  [
    'items whose names repeat are told apart by place',
    {
      a: [
        { name: 'x', v: 1 },
        { name: 'x', v: 2 },
      ],
    },
    {
      a: [
        { name: 'x', v: 1 },
        { name: 'x', v: 3 },
      ],
    },
    [{ path: 'a[1].v', before: 2, after: 3 }],
  ],
  [
    'plain values by place',
    { args: ['a', 'b'] },
    { args: ['a', 'c', 'd'] },
    [
      { path: 'args[1]', before: 'b', after: 'c' },
      { path: 'args[2]', after: 'd' },
    ],
  ],
]

test.each(cases)('%s', (_name, before, after, changes) => {
  expect(diffFields(before, after)).toEqual(changes)
})

const json = fc.jsonValue({ maxDepth: 4 })

test('an object does not differ from its copy, and differs from any other', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(diffFields(a, structuredClone(a))).toEqual([])
      const equal = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(diffFields(a, b).length === 0).toBe(equal)
    }),
  )
})

test('the way back has the same paths, with before and after exchanged', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const there = diffFields(a, b).map(({ path, before, after }) => ({ path, before, after }))
      const back = diffFields(b, a).map(({ path, before, after }) => ({ path, before: after, after: before }))
      const byPath = (x: { path: string }, y: { path: string }) => x.path.localeCompare(y.path)
      expect(back.sort(byPath)).toEqual(there.sort(byPath))
    }),
  )
})

test('every path that is written can be read again', () => {
  const field = fc.record({ field: fc.string({ minLength: 1 }) })
  const index = fc.record({ index: fc.nat() })
  const key = fc.record({ key: fc.constantFrom('name', 'containerPort'), value: fc.string({ minLength: 1 }) })
  fc.assert(
    fc.property(fc.array(fc.oneof(field, index, key), { minLength: 1 }), (steps: PathStep[]) => {
      expect(parsePath(pathText(steps))).toEqual(steps)
    }),
  )
})

test.each(['a[', 'a b', 'a[name]', '[x=]', 'a..b'])('%s is no path', (text) => {
  expect(parsePath(text)).toBe(undefined)
})

// -0 and 0 are one value in JSON.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}

const list = (...items: unknown[]) => ({ items })

test.each([
  ['an item that is put in', list('a', 'c'), list('a', 'b', 'c'), [{ path: 'items[1]', after: 'b' }]],
  ['an item that is taken out', list('a', 'b', 'c'), list('a', 'c'), [{ path: 'items[1]', before: 'b' }]],
  ['an item that changes', list('a', 'b', 'c'), list('a', 'x', 'c'), [{ path: 'items[1]', before: 'b', after: 'x' }]],
  [
    'a map that is put in before others',
    list({ verbs: ['get'] }, { verbs: ['list'] }),
    list({ verbs: ['*'] }, { verbs: ['get'] }, { verbs: ['list'] }),
    [{ path: 'items[0]', after: { verbs: ['*'] } }],
  ],
  [
    'all that go',
    list('a', 'b'),
    list(),
    [
      { path: 'items[0]', before: 'a' },
      { path: 'items[1]', before: 'b' },
    ],
  ],
])('of a list without keys, %s is told alone', (_what, before, after, expected) => {
  expect(diffFields(before, after)).toEqual(expected)
})

test('the one port that becomes another one is a change of it, and a name makes another item', () => {
  const service = (port: number, more: object = {}) => ({
    ports: [
      { port: 53, protocol: 'UDP' },
      { port, ...more },
    ],
  })
  expect(diffFields(service(80), service(8080))).toEqual([{ path: 'ports[1].port', before: 80, after: 8080 }])
  expect(diffFields(service(80), service(8080, { nodePort: 30_000 }))).toEqual([
    { path: 'ports[1].port', before: 80, after: 8080 },
    { path: 'ports[1].nodePort', after: 30_000 },
  ])
  const env = (name: string) => ({ env: [{ name, value: '1' }] })
  expect(diffFields(env('A'), env('B')).map(({ path }) => path)).toEqual(['env[name=A]', 'env[name=B]'])
})
