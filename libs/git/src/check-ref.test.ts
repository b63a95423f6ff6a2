import { describe, expect, test } from 'vitest'
import { checkRef, fullNames, InvalidRefError } from './check-ref.ts'

describe('what may name a revision', () => {
  test.each([
    'main',
    'release/1.2',
    'v1.0.0',
    'HEAD',
    'refs/pull/7/head',
    'pull/7/head',
    '#42-fix',
    '9ccc7d5',
    'a'.repeat(40),
    'über',
  ])('%s', (text) => {
    expect(() => checkRef(text)).not.toThrow()
  })

  test.each([
    ['', 'empty'],
    ['--upload-pack=touch /tmp/x', 'dash'],
    ['-n', 'dash'],
    ['a..b', 'two dots'],
    ['../../etc/passwd', 'begins with a dot|two dots'],
    ['main~2', '~'],
    ['main^{commit}', '\\^'],
    ['@{upstream}', '@\\{'],
    ['@', 'keeps for itself'],
    ['refs/heads/*', '\\*'],
    ['main:file', ':'],
    ['a b', 'space'],
    ['a\nb', 'control'],
    ['a\u0000b', 'control'],
    ['a/', 'empty part'],
    ['a.lock', 'lock'],
    ['x'.repeat(300), 'longer'],
  ])('%j is refused', (text, why) => {
    expect(() => checkRef(text)).toThrow(InvalidRefError)
    expect(() => checkRef(text)).toThrow(new RegExp(why))
  })

  test('a short name may be a branch, a tag or another ref', () => {
    expect(fullNames('pull/7/head')).toEqual(['refs/heads/pull/7/head', 'refs/tags/pull/7/head', 'refs/pull/7/head'])
    expect(fullNames('refs/pull/7/head')).toEqual(['refs/pull/7/head'])
  })
})
