import { expect, test } from 'vitest'
import { narrowings } from './schema-narrowing.ts'

const size = (schema: object) => ({ type: 'object', properties: { size: schema } })

test.each<[string, unknown, unknown, readonly string[]]>([
  ['nothing', size({ type: 'string' }), size({ type: 'string' }), []],
  ['another text', size({ type: 'string' }), size({ type: 'string', description: 'how big' }), []],
  ['another default', size({ type: 'integer', default: 1 }), size({ type: 'integer', default: 2 }), []],
  ['another type', size({ type: 'string' }), size({ type: 'integer' }), ['size becomes integer instead of string']],
  ['a wider type', size({ type: 'integer' }), size({ type: 'number' }), []],
  ['a narrower type', size({ type: 'number' }), size({ type: 'integer' }), ['size becomes integer instead of number']],
  [
    'an integer that becomes a text',
    size({ type: 'integer' }),
    size({ type: 'string' }),
    ['size becomes string instead of integer'],
  ],
  [
    'a text that becomes a number',
    size({ type: 'string' }),
    size({ type: 'number' }),
    ['size becomes number instead of string'],
  ],
  ['a type where none was', size({}), size({ type: 'string' }), ['size must be of type string']],
  ['no type where one was', size({ type: 'string' }), size({}), []],
  [
    'an integer or a text that becomes one of them',
    size({ 'x-kubernetes-int-or-string': true }),
    size({ type: 'integer' }),
    ['size becomes integer instead of int-or-string'],
  ],
  ['a field less', size({}), { type: 'object', properties: {} }, ['size is gone']],
  ['a field less of an odd name', { properties: { constructor: {} } }, { properties: {} }, ['constructor is gone']],
  [
    'a field less where all are kept',
    size({}),
    { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
    [],
  ],
  ['a field less where any is described', size({}), { type: 'object', additionalProperties: { type: 'string' } }, []],
  ['a field more', size({}), { type: 'object', properties: { size: {}, name: {} } }, []],
  ['a field that is required', size({}), { ...size({}), required: ['size'] }, ['size is required']],
  ['a field that was required', { ...size({}), required: ['size'] }, size({}), []],
  [
    'a field below that is required',
    size({ properties: { a: {} } }),
    size({ properties: { a: {} }, required: ['a'] }),
    ['size.a is required'],
  ],
  ['a value less', size({ enum: ['a', 'b', 'c'] }), size({ enum: ['b'] }), ['size can no longer be a, c']],
  ['a value more', size({ enum: ['a'] }), size({ enum: ['a', 'b'] }), []],
  ['values where any was good', size({}), size({ enum: ['a'] }), ['size must be one of a list']],
  ['any value where few were good', size({ enum: ['a'] }), size({}), []],
  ['no null any more', size({ nullable: true }), size({}), ['size can no longer be null']],
  ['a higher lower bound', size({ minimum: 1 }), size({ minimum: 2 }), ['size has a higher minimum']],
  ['a lower lower bound', size({ minimum: 2 }), size({ minimum: 1 }), []],
  ['the same bounds', size({ minimum: 1, maximum: 2 }), size({ minimum: 1, maximum: 2, title: 'size' }), []],
  ['a new lower bound', size({}), size({ minLength: 1 }), ['size has a new minLength']],
  ['a lower upper bound', size({ maxItems: 3 }), size({ maxItems: 2 }), ['size has a lower maxItems']],
  ['a higher upper bound', size({ maximum: 2 }), size({ maximum: 3 }), []],
  ['no upper bound any more', size({ maximum: 2 }), size({}), []],
  ['another pattern', size({ pattern: 'a' }), size({ pattern: 'b' }), ['size has another pattern']],
  ['no pattern any more', size({ pattern: 'a' }), size({}), []],
  [
    'a rule more',
    size({}),
    size({ 'x-kubernetes-validations': [{ rule: 'self > 1' }] }),
    ['size has a new x-kubernetes-validations'],
  ],
  [
    'items of another type',
    size({ items: { type: 'string' } }),
    size({ items: { type: 'integer' } }),
    ['size[] becomes integer instead of string'],
  ],
  [
    'any fields of another type',
    size({ additionalProperties: { type: 'string' } }),
    size({ additionalProperties: { type: 'integer' } }),
    ['size.* becomes integer instead of string'],
  ],
  [
    'no other fields any more',
    size({ 'x-kubernetes-preserve-unknown-fields': true }),
    size({}),
    ['size takes no other fields'],
  ],
  ['no schema', undefined, size({}), []],
  ['no schema any more', size({}), undefined, []],
])('%s', (_title, before, after, expected) => {
  expect(narrowings(before, after)).toEqual(expected)
})

test('no more than the first few are told', () => {
  const properties = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`field${at}`, {}]))
  expect(narrowings({ properties }, {}, 4)).toEqual([
    'field0 is gone',
    'field1 is gone',
    'field2 is gone',
    'field3 is gone',
  ])
})
