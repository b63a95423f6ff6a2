import { describe, expect, test } from 'vitest'
import { knownTools, type ToolName } from './known-tools.ts'
import { atLeast, fits } from './tool-version.ts'

describe('which versions found elsewhere will do', () => {
  test.each<[ToolName, string, boolean]>([
    ['nats-server', '2.14.5', true],
    ['nats-server', '2.12.0', true],
    ['nats-server', '2.20.1', true],
    ['nats-server', '2.11.9', false],
    ['nats-server', '3.0.0', false],
    ['etcd', '3.6.14', true],
    ['etcd', '3.6.4', false],
    ['etcd', '3.7.0', false],
    ['kube-apiserver', '1.36.4', true],
    ['kube-apiserver', '1.36.3', true],
    ['kube-apiserver', '1.36.2', false],
    ['kube-apiserver', '1.37.0', false],
    ['kube-apiserver', '1.35.9', false],
    ['kustomize', '5.9.0', true],
    ['kustomize', '5.7.1', false],
    ['helm', '4.2.0', true],
    ['helm', '3.19.0', false],
    ['plimsoll-sandbox', '0.9.0', false],
  ])('%s %s: %s', (name, version, expected) => {
    expect(fits(version, knownTools[name])).toBe(expected)
  })

  test('the versions that we build will do', () => {
    for (const tool of Object.values(knownTools)) expect(fits(tool.version, tool)).toBe(true)
  })
})

test.each([
  ['1.26.8', '1.26', true],
  ['1.26', '1.26', true],
  ['1.27rc1', '1.26', true],
  ['2.0', '1.26', true],
  ['1.25.9', '1.26', false],
  ['1.9', '1.26', false],
])('Go %s is at least %s: %s', (version, least, expected) => {
  expect(atLeast(version, least)).toBe(expected)
})
