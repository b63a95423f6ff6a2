import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { yamlLines } from './yaml-lines.ts'

test('an object reads as people write it', () => {
  const object = {
    spec: {
      replicas: 3,
      template: {
        spec: {
          volumes: [],
          containers: [
            {
              image: 'web:1.25.3',
              args: ['--size=3', '-v', ''],
              env: [{ value: 'true', name: 'DEBUG' }, { name: 'EMPTY' }],
              name: 'web',
              resources: { limits: { memory: '500Mi', cpu: 0.5 } },
              securityContext: {},
            },
          ],
        },
      },
    },
    kind: 'Deployment',
    metadata: { namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web' }, name: 'web' },
    apiVersion: 'apps/v1',
  }
  expect(yamlLines(object).join('\n')).toBe(
    `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app.kubernetes.io/name: web
  namespace: shop
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: web
        args:
        - --size=3
        - -v
        - ""
        env:
        - name: DEBUG
          value: "true"
        - name: EMPTY
        image: web:1.25.3
        resources:
          limits:
            cpu: 0.5
            memory: 500Mi
        securityContext: {}
      volumes: []`,
  )
})

test.each<[unknown, string]>([
  ['web', 'web'],
  ['web app', 'web app'],
  ['/healthz', '/healthz'],
  ['(masked 1a2b3c4d)', '(masked 1a2b3c4d)'],
  ['https://shop.example.com:8443/a?b=c', 'https://shop.example.com:8443/a?b=c'],
  ['10m', '10m'],
  ['Größe', 'Größe'],
  ['0755', '"0755"'],
  ['1.10', '"1.10"'],
  ['1e3', '"1e3"'],
  ['1:30', '"1:30"'],
  ['2026-11-23', '"2026-11-23"'],
  ['0x1f', '"0x1f"'],
  ['yes', '"yes"'],
  ['Off', '"Off"'],
  ['~', '"~"'],
  ['', '""'],
  [' a', '" a"'],
  ['a: b', '"a: b"'],
  ['a #b', '"a #b"'],
  ['a:', '"a:"'],
  ['*', '"*"'],
  ['---', '"---"'],
  ['a\tb', '"a\\tb"'],
  ['a\u001b[2Jb', '"a\\u001b[2Jb"'],
  ['a\u202eb', '"a\\u202eb"'],
  ['a\u2028b', '"a\\u2028b"'],
  ['a\u0085b', '"a\\u0085b"'],
  [1.5, '1.5'],
  [true, 'true'],
  [null, 'null'],
  [{}, '{}'],
  [[], '[]'],
])('%j is written %s', (value, text) => {
  expect(yamlLines(value)).toEqual([text])
  expect(yamlLines({ a: value })).toEqual([`a: ${text}`])
})

test.each<[string, string[]]>([
  ['one\ntwo\n', ['a: |', '  one', '  two']],
  ['one\ntwo', ['a: |-', '  one', '  two']],
  ['one\n\n two\n\n', ['a: |+', '  one', '', '   two', '']],
  ['  one\ntwo\n', ['a: |2', '    one', '  two']],
  ['\none', ['a: |2-', '', '  one']],
  ['\n', ['a: "\\n"']],
  ['\tone\ntwo', ['a: "\\tone\\ntwo"']],
  ['one\r\ntwo', ['a: "one\\r\\ntwo"']],
  ['one\u001b\ntwo', ['a: "one\\u001b\\ntwo"']],
])('the text %j is written as %j', (text, lines) => {
  expect(yamlLines({ a: text })).toEqual(lines)
})

test('an integer that no double holds keeps its digits', () => {
  expect(yamlLines({ a: 12345678901234567890n })).toEqual(['a: 12345678901234567890'])
})

test('what is not there is not written', () => {
  expect(yamlLines({ a: undefined, b: 1 })).toEqual(['b: 1'])
})

const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    ' ',
    '  ',
    '\n\n',
    ':',
    ': ',
    ' #',
    '-',
    '- ',
    '"',
    "'",
    '|',
    '\t',
    '{',
    '[',
    '&',
    '*',
    '!',
    '%',
    '@',
  ),
  fc.constantFrom(
    'true',
    'No',
    'null',
    '0',
    '1',
    '_',
    '.',
    'e',
    'x',
    'T',
    'inf',
    '\r',
    '\u0085',
    '\u2029',
    '\ufeff',
    'ö',
    '漢',
    '😀',
  ),
  fc.string({ maxLength: 6, unit: 'binary' }),
)
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.constantFrom(true, false, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

test.each(['1.1', '1.2'] as const)('whatever is written reads the same again in YAML %s', (version) => {
  fc.assert(
    fc.property(value, (data) => {
      const yaml = `${yamlLines({ data }).join('\n')}\n`
      expect(parse(yaml, { version, merge: true })).toEqual({ data })
    }),
    { numRuns: 3_000 },
  )
})

test('equal data gives equal lines, in whatever order it was written', () => {
  expect(yamlLines({ b: { d: 1, c: 2 }, a: 3 })).toEqual(yamlLines({ a: 3, b: { c: 2, d: 1 } }))
})

test('a text that ends in a line of spaces is no block', () => {
  expect(yamlLines({ a: ' #\n ' })).toEqual(['a: " #\\n "'])
  expect(yamlLines({ a: 'x\n \n\n' })).toEqual(['a: "x\\n \\n\\n"'])
})

test('a text whose lines begin with tabs is a block, so that a reader can compare them', () => {
  expect(yamlLines({ conf: 'server {\n\tlisten 80;\n}\n' })).toEqual(['conf: |', '  server {', '  \tlisten 80;', '  }'])
  expect(yamlLines({ conf: '\tlisten 80;\n' })).toEqual(['conf: "\\tlisten 80;\\n"'])
})
