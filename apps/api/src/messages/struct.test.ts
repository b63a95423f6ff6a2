import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf'
import { parseJson } from '@plimsoll/domain'
import { ChangeSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { toStruct, toValue } from './struct.ts'

test('an integer that no double holds becomes its digits, every other value stays', () => {
  const text = '{"a":12345678901234567890,"b":9007199254740991,"c":-9223372036854775808,"d":0.1,"e":[null,true,"x"]}'
  expect(toStruct(parseJson(text) as object)).toEqual({
    a: '12345678901234567890',
    b: 9007199254740991,
    c: '-9223372036854775808',
    d: 0.1,
    e: [null, true, 'x'],
  })
})

test('what JSON does not have becomes text or null, and is left out of an object', () => {
  expect(toValue(Number.POSITIVE_INFINITY)).toBe('Infinity')
  expect(toValue(undefined)).toBeNull()
  expect(toStruct({ a: undefined, b: null })).toEqual({ b: null })
})

test('a key that is called like a prototype is a key, and comes through the wire', () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":"x"}') as object
  const change = create(ChangeSchema, { desiredState: toStruct(hostile) })
  expect(Object.keys(change.desiredState ?? {})).toEqual(['__proto__', 'constructor', 'toString'])
  const read = fromBinary(ChangeSchema, toBinary(ChangeSchema, change))
  expect(toJson(ChangeSchema, read)).toMatchObject({ desiredState: { constructor: 1, toString: 'x' } })
  expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined()
})
