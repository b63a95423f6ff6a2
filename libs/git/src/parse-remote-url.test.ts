import { expect, test } from 'vitest'
import { InvalidRemoteUrlError, parseRemoteUrl } from './parse-remote-url.ts'

const ssh = { transport: 'ssh', port: 22, username: 'git' }

test.each([
  ['https://github.com/a/b.git', { transport: 'http', url: 'https://github.com/a/b.git' }],
  ['HTTPS://GitHub.com/a/b/', { transport: 'http', url: 'https://github.com/a/b' }],
  ['http://git.example:8080/a%20b.git', { transport: 'http', url: 'http://git.example:8080/a%20b.git' }],
  ['https://me@git.example/a', { transport: 'http', url: 'https://git.example/a', username: 'me' }],
  ['https://gіthub.com/a', { transport: 'http', url: 'https://xn--gthub-n2e.com/a' }],
  ['git@github.com:a/b.git', { ...ssh, host: 'github.com', path: 'a/b.git', url: 'ssh://git@github.com/a/b.git' }],
  ['github.com:/srv/b.git', { ...ssh, host: 'github.com', path: '/srv/b.git' }],
  ['ssh://git@h.example/a b'.replace(' ', '%20'), { ...ssh, host: 'h.example', path: '/a b' }],
  [
    'ssh://deploy@h.example:2222/~/b.git',
    { ...ssh, username: 'deploy', host: 'h.example', port: 2222, path: '~/b.git' },
  ],
  ['ssh://git@[::1]:2222/b.git', { ...ssh, host: '::1', port: 2222, path: '/b.git' }],
])('%s is understood', (url, parsed) => {
  expect(parseRemoteUrl(url)).toMatchObject(parsed)
})

test.each([
  'ext::sh -c touch% /tmp/pwned',
  'ext::sh',
  'file:///etc',
  '/srv/repository.git',
  '-oProxyCommand=touch',
  '--upload-pack=touch',
  'ssh://-oProxyCommand=touch/x',
  'ssh://-x@host/x',
  'git@-host:x',
  'git@host:-x',
  'ssh://host',
  'git://host/x',
  'ftp://host/x',
  'https://host/a\r\nHost: evil',
  'https://host/a b',
  'https://host/a\u0000',
  'https://host/a\u200b',
  'https://host/a/../../b',
  'https://host/a/..%2f..%2fb',
  'https://host/%2e%2e/b',
  'https://host/a?x=1',
  'https://host/a#x',
  'https://',
  'https://[::1',
  'host',
  'owner/name',
  '',
  `https://host/${'a'.repeat(2048)}`,
])('%j is refused', (url) => {
  expect(() => parseRemoteUrl(url)).toThrow(InvalidRemoteUrlError)
})

test.each(['https://me:canary@host/x', 'ssh://me:canary@host/x', 'https://:canary@host/x'])(
  'the password of %s is refused and not repeated',
  (url) => {
    expect(() => parseRemoteUrl(url)).toThrow(/give (it|an SSH key) as credentials/)
    expect(() => parseRemoteUrl(url)).not.toThrow(/canary/)
  },
)

test.each([
  ['file:///srv/my%20repository.git', '/srv/my repository.git'],
  ['/srv/repository.git', '/srv/repository.git'],
  ['/srv/my repository', '/srv/my repository'],
])('%s is a folder where folders are allowed', (url, path) => {
  expect(parseRemoteUrl(url, { allowFile: true })).toMatchObject({ transport: 'file', path })
})

test('a file URL of another host is refused everywhere', () => {
  expect(() => parseRemoteUrl('file://host/x', { allowFile: true })).toThrow(InvalidRemoteUrlError)
})
