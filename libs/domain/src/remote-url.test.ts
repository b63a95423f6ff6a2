import { expect, test } from 'vitest'
import { proxyUrlProblem, remoteKey, remoteUrlProblem } from './remote-url.ts'

test.each([
  'https://github.com/company/k8s-manifests',
  'http://127.0.0.1:8080/demo.git',
  'https://git.example.com:8443/a/b.git',
  'ssh://git@git.example.com:2222/srv/git/a.git',
  'git@github.com:company/infrastructure.git',
  'github.com:company/infrastructure.git',
])('%s is a remote', (url) => {
  expect(remoteUrlProblem(url, { allowFile: false })).toBeUndefined()
})

test.each([
  ['', 'missing'],
  ['company/infrastructure', 'no scheme'],
  ['ext::sh -c touch% /x', 'space'],
  ['ext::sh', 'remote helper'],
  ['file:///etc', 'local folder'],
  ['/etc', 'local folder'],
  ['-oProxyCommand=id', 'dash'],
  ['ssh://-oProxyCommand=id/x', 'malformed|dash'],
  ['ssh://host/-x', 'dash'],
  ['host:-x', 'no scheme'],
  ['git://host/a', 'scheme git'],
  ['https://user:s3cret@host/a', 'password'],
  ['https://s3cret@host/a', 'user name'],
  ['ssh://user:s3cret@host/a', 'password'],
  ['https://host/a\r\nHost: b', 'control character'],
  ['https://host/a b', 'space'],
  ['https://host/a/../b', 'climbs'],
  ['https://host/a/..%2fb', 'climbs|hides'],
  ['git@host:../a', 'climbs'],
  ['https://host/', 'no path'],
  ['https://host/a?token=x', 'query'],
  ['https://host/a#x', 'fragment'],
  [`https://host/${'a'.repeat(10_000)}`, 'longer'],
])('%j is refused: %s', (url, because) => {
  const problem = remoteUrlProblem(url, { allowFile: false })
  expect(problem).toMatch(new RegExp(because))
  expect(problem).not.toContain('s3cret')
})

test('a folder is a remote where that is allowed', () => {
  expect(remoteUrlProblem('file:///srv/git/a', { allowFile: true })).toBeUndefined()
  expect(remoteUrlProblem('/srv/git/a', { allowFile: true })).toBeUndefined()
  expect(remoteUrlProblem('/srv/git/../a', { allowFile: true })).toMatch('climbs')
})

test('a proxy is an http URL without a password', () => {
  expect(proxyUrlProblem('http://proxy:3128')).toBeUndefined()
  expect(proxyUrlProblem('http://user:s3cret@proxy:3128')).toMatch('password')
  expect(proxyUrlProblem('socks5://proxy:1080')).toMatch('http')
  expect(proxyUrlProblem('http://"$(id)"')).toMatch('quote')
})

test.each([
  ['https://GitHub.com/company/shop.git', 'github.com/company/shop'],
  ['git@github.com:company/shop.git', 'github.com/company/shop'],
  ['ssh://git@github.com:22/company/shop', 'github.com/company/shop'],
  ['https://github.com/company/shop/', 'github.com/company/shop'],
  ['file:///srv/git/shop.git', '/srv/git/shop'],
  ['/srv/git/shop.git', '/srv/git/shop'],
])('%s is reached as %s', (url, key) => {
  expect(remoteKey(url)).toBe(key)
})

test('what is no URL has no key', () => {
  expect(remoteKey('nothing')).toBeUndefined()
  expect(remoteKey('https://')).toBeUndefined()
})
