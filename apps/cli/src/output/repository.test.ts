import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { RepositorySchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { readPairs, repositoryTable } from './repository.ts'

const at = timestampFromDate(new Date('2026-11-23T07:00:00Z'))
const head = { revision: 'c0ffee0123456789', message: 'Paint it\n\nred', author: 'Ada', committedAt: at }
const fine = create(RepositorySchema, { id: 'fine', branch: 'main', url: 'https://a/b', head, workflows: ['web'] })
const failing = create(RepositorySchema, {
  id: 'away',
  branch: 'main',
  url: 'https://c/d',
  head,
  workflows: ['a', 'b', 'c', 'd'],
  failure: { kind: 'auth-refused', message: 'the forge does not take\nthe token', retryable: true, since: at },
})
const because = 'since 2026-11-23T07:00:00.000Z: the forge does not take the token'

test('a list tells why a repository cannot be read, if one cannot', () => {
  const width = Number.POSITIVE_INFINITY
  expect(repositoryTable([fine], { width })).toBe(
    'ID     BRANCH   HEAD         STATE   USED BY   URL\nfine   main     c0ffee0123   ok      web       https://a/b\n',
  )
  expect(repositoryTable([fine, failing], { width }).split('\n')[2]).toBe(
    `away   main     c0ffee0123   auth-refused   4 workflows   https://c/d   ${because}`,
  )
})

test('one repository is told with what was read last, since when no more is, and for whom', () => {
  expect(readPairs(failing)).toEqual([
    ['State', 'auth-refused'],
    ['Reason', expect.stringContaining('since 2026-11-23T07:00:00.000Z: ')],
    ['Last revision', 'c0ffee0123456789 of main'],
    ['Commit', 'Paint it (Ada, 2026-11-23T07:00:00.000Z)'],
    ['Used by', 'a, b, c, d'],
  ])
  const unread = create(RepositorySchema, { branch: 'main' })
  expect(readPairs(unread)).toEqual(
    expect.arrayContaining([
      ['State', 'not read yet'],
      ['Used by', 'no workflow'],
    ]),
  )
})
