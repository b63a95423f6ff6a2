import { describe, expect, test } from 'vitest'
import { allowsPlace, isPlainFile, remotePlace } from './remote-hosts.ts'

describe('where a reference is fetched from', () => {
  test.each<readonly [string, string | undefined]>([
    ['https://github.com/org/repo//base?ref=v1', 'github.com:443'],
    ['https://me:secret@Git.Example.com:8443/a.git', 'git.example.com:8443'],
    ['http://a.example./x.yaml', 'a.example:80'],
    ['git::https://a.example/x', 'a.example:443'],
    ['github.com/org/repo', 'github.com:443'],
    ['oci://registry.example/charts', 'registry.example:443'],
    ['http://[::1]:8080/a.yaml', '[::1]:8080'],
    // What looks like another address is the one that it means.
    ['http://0x7f.1/a.yaml', '127.0.0.1:80'],
    // These take another way than HTTP, or Kustomize takes them for a path.
    ['ssh://git@a.example/x', undefined],
    ['git@github.com:org/repo.git', undefined],
    ['gh:org/repo', undefined],
    ['gitlab.com/org/repo', undefined],
    ['a.example/org/repo.git//base', undefined],
    ['file:///etc/passwd', undefined],
    ['@ours', undefined],
    ['', undefined],
  ])('%s', (text, place) => {
    const found = remotePlace(text)
    expect(found && `${found.host}:${found.port}`).toBe(place)
  })
})

test.each<readonly [string, string, boolean]>([
  ['a.example', 'https://a.example/x', true],
  ['a.example', 'http://a.example/x', true],
  ['A.Example', 'https://a.example/x', true],
  ['a.example', 'https://a.example:8443/x', false],
  ['a.example:8443', 'https://a.example:8443/x', true],
  ['a.example:8443', 'https://a.example/x', false],
  ['a.example', 'https://b.a.example/x', false],
  ['*.a.example', 'https://b.a.example/x', true],
  ['*.a.example', 'https://c.b.a.example/x', true],
  ['*.a.example', 'https://a.example/x', false],
  ['*.a.example', 'https://xa.example/x', false],
  ['*.a.example:8443', 'https://b.a.example:8443/x', true],
  ['10.0.0.1:80', 'http://10.0.0.1/x', true],
  ['[::1]:8080', 'http://[::1]:8080/x', true],
  ['a.example', 'https://a.example@evil.example/x', false],
  ['a.example', 'https://evil.example/a.example', false],
])('the rule %s for %s: %s', (rule, text, allowed) => {
  const place = remotePlace(text)
  expect(place && allowsPlace(['other.example', rule], place)).toBe(allowed)
})

test.each<readonly [string, boolean]>([
  ['https://a.example/x/y.yaml', true],
  ['https://a.example/org/repo//base', false],
  ['https://a.example/org/repo?ref=v1.yaml', false],
  ['https://a.example/org/repo.git', false],
  ['github.com/org/repo', false],
])('%s is one file by its looks: %s', (text, isFile) => {
  expect(isPlainFile(text)).toBe(isFile)
})
