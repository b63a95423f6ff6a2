import { expect, test } from 'vitest'
import { InvalidTreeError, parseTree } from './parse-tree.ts'

const oid = Buffer.alloc(20, 0xab)
const tree = (...entries: readonly (readonly [mode: string, name: string | Buffer])[]) =>
  Buffer.concat(entries.flatMap(([mode, name]) => [Buffer.from(`${mode} `), Buffer.from(name), Buffer.of(0), oid]))

test('a tree gives its entries in order', () => {
  const body = tree(
    ['100644', 'a.yaml'],
    ['40000', 'dir'],
    ['120000', 'link'],
    ['160000', 'module'],
    ['100755', 'run ü'],
  )
  expect(parseTree(body).map(({ mode, name }) => `${mode} ${name}`)).toEqual([
    '100644 a.yaml',
    '40000 dir',
    '120000 link',
    '160000 module',
    '100755 run ü',
  ])
  expect(parseTree(body)[0]?.oid).toBe('ab'.repeat(20))
  expect(parseTree(Buffer.of())).toEqual([])
})

test.each(['.github', '.gitignore', '.gitattributes', 'git', 'x.git', 'a..b', '...', 'gitlab~1', 'git~10'])(
  '%s is a name',
  (name) => {
    expect(parseTree(tree(['100644', name]))).toHaveLength(1)
  },
)

test.each([
  '',
  '.',
  '..',
  'a/b',
  '/etc/passwd',
  '.git',
  '.GIT',
  '.Git',
  '.git.',
  '.git ',
  '.git . .',
  'git~1',
  'GIT~1',
  '.git::$INDEX_ALLOCATION',
  '.git:x',
  '.g\u200cit',
  '.\u200dgit',
  '\ufeff.git',
  '.git\\config',
])('%j is refused', (name) => {
  expect(() => parseTree(tree(['100644', name]))).toThrow(InvalidTreeError)
})

test.each([
  ['a name that is not UTF-8', tree(['100644', Buffer.of(0x66, 0xff)])],
  ['an impossible mode', tree(['999', 'a'])],
  ['a name twice', tree(['100644', 'a'], ['40000', 'a'])],
  ['a tree that is cut off', tree(['100644', 'a']).subarray(0, 20)],
  ['a tree of noise', Buffer.from('noise')],
])('%s is refused', (_name, body) => {
  expect(() => parseTree(body)).toThrow(InvalidTreeError)
})
