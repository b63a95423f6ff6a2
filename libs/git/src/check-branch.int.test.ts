import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { checkBranch, InvalidBranchError } from './check-branch.ts'

const good = 'main feature/x release-1.2 ünïcode a v1.0.0 @a a@ a{b dependabot/npm/x-1.0 a%b'.split(' ')
const bad = '-x --upload-pack=x HEAD HEAD@{1} a..b refs/../../x a~1 a^ a:b a? a* a[b a\\b a.lock a.lock/b'.split(' ')
const odd = ['.a', 'a/.b', 'a.', '/a', 'a/', 'a//b', '..', '.', '', 'a b', 'a\u007f', 'a\tb', 'a\nb', "a'b", 'a"b']

function judge(name: string): 'good' | 'bad' {
  try {
    checkBranch(name)
    return 'good'
  } catch (error) {
    if (error instanceof InvalidBranchError) return 'bad'
    throw error
  }
}

describe('branch names are judged as Git judges them', () => {
  test.each([...good, ...bad, ...odd])('%j', (name) => {
    // Outside a repository, so that `@{-1}` means nothing.
    const { status } = spawnSync('git', ['check-ref-format', '--branch', name], { cwd: '/' })
    expect(judge(name)).toBe(status === 0 ? 'good' : 'bad')
  })

  test('and both kinds are among them', () => {
    expect(good.map(judge)).toEqual(good.map(() => 'good'))
    expect(bad.map(judge)).toEqual(bad.map(() => 'bad'))
  })
})

test.each(['@', 'a\u0000b', 'x'.repeat(5000)])('what cannot be asked for by its name is refused', (name) => {
  expect(judge(name)).toBe('bad')
})
