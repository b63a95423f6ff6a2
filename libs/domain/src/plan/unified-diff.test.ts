import { applyPatch } from 'diff'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KubernetesObject } from '../object/object-ref.ts'
import { unifiedDiff } from './unified-diff.ts'
import { yamlLines } from './yaml-lines.ts'

const service = (port: number, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web-svc', namespace: 'shop', ...metadata },
  spec: { ports: [{ name: 'http', port, protocol: 'TCP', targetPort: 'http' }], selector: { app: 'web' } },
})

const config = (data: Readonly<Record<string, string>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web' },
  data,
})

test('a change is shown with three lines around it', () => {
  expect(unifiedDiff(service(80), service(8080))).toBe(
    `--- a/Service/shop/web-svc
+++ b/Service/shop/web-svc
@@ -6,7 +6,7 @@
 spec:
   ports:
   - name: http
-    port: 80
+    port: 8080
     protocol: TCP
     targetPort: http
   selector:
`,
  )
})

test('an object that is created comes from nowhere, and one that is deleted goes there', () => {
  const object = config({ a: 'b' })
  const lines = yamlLines(object)
  expect(unifiedDiff(undefined, object)).toBe(
    ['--- /dev/null', '+++ b/ConfigMap/web', '@@ -0,0 +1,6 @@', ...lines.map((line) => `+${line}`), ''].join('\n'),
  )
  expect(unifiedDiff(object, undefined)).toBe(
    ['--- a/ConfigMap/web', '+++ /dev/null', '@@ -1,6 +0,0 @@', ...lines.map((line) => `-${line}`), ''].join('\n'),
  )
})

test('changes that lie apart are hunks of their own, and those that lie near share one', () => {
  const data = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`key${String(at).padStart(2, '0')}`, 'same']))
  const diff = unifiedDiff(config(data), config({ ...data, key05: 'new', key12: 'new', key30: 'new' }))
  expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -8,14 +8,14 @@', '@@ -33,7 +33,7 @@'])
  const apart = unifiedDiff(config(data), config({ ...data, key05: 'new', key13: 'new' }))
  expect(apart.match(/^@@.*@@$/gm)).toHaveLength(2)
})

test('what the server keeps for itself is not shown', () => {
  const kept = {
    managedFields: [{ manager: 'x' }],
    resourceVersion: '7',
    uid: 'u',
    generation: 3,
    creationTimestamp: '2026-11-23T07:00:00Z',
  }
  expect(unifiedDiff(service(80), { ...service(80, kept), status: { loadBalancer: {} } })).toBe('')
  expect(unifiedDiff(undefined, service(80, kept))).toBe(unifiedDiff(undefined, service(80)))
})

test('nothing that differs is no diff', () => {
  expect(unifiedDiff(service(80), service(80))).toBe('')
  expect(unifiedDiff(undefined, undefined)).toBe('')
})

test('a long diff says how much of it was cut, and what is shown is whole', () => {
  const data = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key${at}`, 'v']))
  const diff = unifiedDiff(undefined, config(data))
  expect(diff.split('\n')).toHaveLength(2 + 1 + 1_000 + 1 + 1)
  expect(diff).toContain('@@ -0,0 +1,1000 @@')
  expect(diff.endsWith('\\ 4005 more lines of this diff are not shown\n')).toBe(true)
})

test('a diff is cut by its length too', () => {
  const data = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`key${at}`, `v${'x'.repeat(1_900)}`]))
  const diff = unifiedDiff(undefined, config(data))
  expect(diff.length).toBeLessThan(101_000)
  expect(diff).toMatch(/\\ \d+ more lines of this diff are not shown\n$/)
})

test('a long line says how much of it was cut', () => {
  const diff = unifiedDiff(undefined, config({ a: `v${'x'.repeat(10_000)}` }))
  expect(diff).toMatch(/^\+ {2}a: vx+… \(8006 more characters\)$/m)
})

test('a name that is no name does not break a line', () => {
  const odd = { ...config({}), metadata: { name: 'a\n+++ b' } }
  expect(unifiedDiff(undefined, odd)).toContain('+++ b/ConfigMap/a?+++?b\n')
})

const data = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'),
  fc.constantFrom('x', 'y', 'one\ntwo', 'one\n\n\ntwo\n'),
)

test('any tool can apply it', () => {
  fc.assert(
    fc.property(data, data, (before, after) => {
      const [from, to] = [config(before), config(after)]
      const text = (object: KubernetesObject) => `${yamlLines(object).join('\n')}\n`
      const diff = unifiedDiff(from, to)
      expect(diff === '' ? text(from) : applyPatch(text(from), diff)).toBe(text(to))
    }),
  )
})
