import { expect, test } from 'vitest'
import { cloneUrls } from './clone-urls.ts'

const urlsOf = (payload: unknown) => cloneUrls(Buffer.from(JSON.stringify(payload)))

test('the addresses are found where the forges put them', () => {
  expect(urlsOf({ repository: { clone_url: 'https://a/b.git', ssh_url: 'git@a:b.git', id: 1 } })).toEqual([
    'https://a/b.git',
    'git@a:b.git',
  ])
  expect(urlsOf({ project: { git_http_url: 'https://a/b.git' }, repository: { url: 'git@a:b.git' } })).toEqual([
    'git@a:b.git',
    'https://a/b.git',
  ])
})

test.each([null, 7, [], { repository: null }, { repository: 'https://a/b' }, { repository: { url: ['https://a/b'] } }])(
  'nothing is found in %j',
  (payload) => {
    expect(urlsOf(payload)).toEqual([])
  },
)
