import fc from 'fast-check'
import { expect, test } from 'vitest'
import { event } from '../test/events.ts'
import { fromMessage, toMessage } from './cloud-event.ts'
import { MalformedMessageError } from './errors.ts'
import { percentDecode, percentEncode } from './percent.ts'

const js = { prefix: 'plimsoll' }
const text = fc.string({ unit: 'binary' })
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const anyEvent = fc.record({
  position: count,
  previousInStream: count,
  eventId: fc.uuid(),
  stream: text,
  version: count,
  type: text,
  schemaVersion: fc.integer({ min: 1, max: 1_000 }),
  data: fc.jsonValue(),
  commandId: text,
  causationId: fc.option(text),
  correlationId: text,
  actor: text,
  reason: fc.option(text),
  traceparent: fc.constantFrom(null, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  recordedAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
})

test('every event comes back from its message as it was', () => {
  fc.assert(
    fc.property(anyEvent, (given) => {
      const { headers, data } = toMessage(js, given)
      // JSON has one zero.
      expect(fromMessage({ headers, data })).toEqual({ ...given, data: JSON.parse(JSON.stringify(given.data)) })
    }),
  )
})

test('a header holds printable ASCII only, whatever a person wrote as the reason', () => {
  fc.assert(
    fc.property(text, (reason) => {
      for (const value of Object.values(toMessage(js, event(1, { reason })).headers))
        expect(value).toMatch(/^[\x21-\x7e]*$/)
    }),
  )
})

test('text survives percent encoding, and encoded text has no raw space, quote or control', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(percentDecode(percentEncode(given))).toBe(given)
    }),
  )
})

// The examples of the CloudEvents HTTP binding, 3.1.3.2, which the NATS binding follows.
test.each([
  ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
  ['say "100%"', 'say%20%22100%25%22'],
  ['plain-text/1.0', 'plain-text/1.0'],
])('%s is written %s', (plain, encoded) => {
  expect(percentEncode(plain)).toBe(encoded)
  expect(percentDecode(encoded)).toBe(plain)
})

test('a message carries the attributes of CloudEvents and the place in the log', () => {
  const message = toMessage(
    js,
    event(7, { stream: 'workflow-my.app', previousInStream: 3, version: 2, causationId: 'event-3' }),
  )
  expect(message.subject).toBe('plimsoll.events.workflow.my_app.PlanMade')
  expect(message.headers).toMatchObject({
    'Nats-Msg-Id': 'event-7',
    'ce-specversion': '1.0',
    'ce-id': 'event-7',
    'ce-source': '/plimsoll/log',
    'ce-type': 'dev.plimsoll.PlanMade',
    'ce-subject': 'workflow-my.app',
    'ce-time': '2023-11-14T22:13:20.007Z',
    'ce-datacontenttype': 'application/json',
    'ce-causationid': 'event-3',
    'Plimsoll-Position': '7',
    'Plimsoll-Previous': '3',
    'Plimsoll-Version': '2',
    'Plimsoll-Schema': '1',
  })
})

test('data that does not fit is left out and its size is told', () => {
  const message = toMessage(js, event(1, { data: 'x'.repeat(5_000) }), { maxBytes: 4_096 })
  expect(message.data).toHaveLength(0)
  expect(message.headers['Plimsoll-Omitted']).toBe('5002')
  expect(fromMessage(message)).toMatchObject({ position: 1, data: undefined })
})

test('a reason that does not fit is left out as well', () => {
  const message = toMessage(js, event(1, { reason: '€'.repeat(1_000) }), { maxBytes: 4_096 })
  expect(fromMessage(message)).toMatchObject({ data: undefined, reason: null })
})

test.each([
  ['no headers', {}],
  ['another version of CloudEvents', { 'ce-specversion': '0.3' }],
  ['a type of somebody else', { 'ce-type': 'com.example.Thing' }],
  ['bytes that are not text', { 'ce-actor': '%FF%FE' }],
  ['a time that is none', { 'ce-time': 'yesterday' }],
  ['a position that is none', { 'Plimsoll-Position': '-1' }],
])('%s is a malformed message', (what, change) => {
  const { headers, data } = toMessage(js, event(1))
  const changed = what === 'no headers' ? {} : { ...headers, ...change }
  expect(() => fromMessage({ headers: changed, data })).toThrow(MalformedMessageError)
})

test('a body that is not JSON is a malformed message', () => {
  const { headers } = toMessage(js, event(1))
  expect(() => fromMessage({ headers, data: new TextEncoder().encode('{') })).toThrow(MalformedMessageError)
})
