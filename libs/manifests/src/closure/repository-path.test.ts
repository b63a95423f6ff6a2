import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRemote, isWithin, resolvePath, rootsOf, withoutCredentials } from './repository-path.ts'

const anyName = fc.constantFrom('a', 'b', 'c.yaml', '..', '.', '')
const anyText = fc.array(anyName, { maxLength: 8 }).map((names) => names.join('/'))
const anyFolder = fc.array(fc.constantFrom('a', 'b'), { maxLength: 4 }).map((names) => names.join('/') || '.')

describe('a reference', () => {
  test('leads where a file system would lead, or is refused if that is outside', () => {
    fc.assert(
      fc.property(anyFolder, anyText, (folder, text) => {
        const resolved = resolvePath(folder, text)
        const expected = posix.normalize(posix.join(folder, text)).replace(/(?<=.)\/$/, '')
        const isOutside = text.startsWith('/') || text === '' || climbs(folder, text)
        expect('path' in resolved ? resolved.path : 'refused').toBe(isOutside ? 'refused' : expected)
      }),
    )
  })

  test('whatever it says leads to nothing but a plain path', () => {
    fc.assert(
      fc.property(anyFolder, fc.string({ unit: 'binary' }), (folder, text) => {
        const resolved = resolvePath(folder, text)
        if (!('path' in resolved)) return
        expect(resolved.path === '.' || resolved.path.split('/').every((name) => !['', '.', '..'].includes(name))).toBe(
          true,
        )
        expect(resolved.path).not.toMatch(/[\\\0]/)
      }),
    )
  })

  test.each(['base', '../base', './a.yaml', 'a=b.yaml', 'dir.git-like/x', 'my-github.com-copy', 'v1?.yaml'])(
    '%s is none to a network',
    (text) => {
      expect(isRemote(text)).toBe(false)
    },
  )

  test('is shown without what opens a door', () => {
    expect(withoutCredentials('https://me:hunter2@example.com/x?ref=v1&token=abc')).toBe(
      'https://example.com/x?ref=v1&token=***',
    )
    expect(withoutCredentials('git::https://hunter2@example.com/x')).toBe('git::https://example.com/x')
  })
})

/** Whether it leaves the repository at some step, though it may come back. */
function climbs(folder: string, text: string): boolean {
  let depth = folder === '.' ? 0 : folder.split('/').length
  return text.split('/').some((name) => {
    depth += name === '..' ? -1 : name === '' || name === '.' ? 0 : 1
    return depth < 0
  })
}

test('roots hold every path, and none holds another', () => {
  fc.assert(
    fc.property(fc.array(anyFolder, { minLength: 1, maxLength: 20 }), (paths) => {
      const roots = rootsOf(paths)
      expect(paths.every((path) => roots.some((root) => isWithin(path, root)))).toBe(true)
      expect(roots.every((root) => roots.every((other) => other === root || !isWithin(other, root)))).toBe(true)
      expect(roots).toEqual([...roots].toSorted())
    }),
  )
})

test('long paths are as bad as many: an event has to hold them', () => {
  const long = (i: number) => `${i}${'x'.repeat(1_000)}`
  expect(rootsOf(Array.from({ length: 16 }, (_, i) => long(i)))).toHaveLength(16)
  expect(rootsOf(Array.from({ length: 17 }, (_, i) => long(i)))).toEqual(['.'])
})
