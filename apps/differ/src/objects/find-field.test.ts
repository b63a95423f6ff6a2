import { expect, test } from 'vitest'
import { findField, locationText, pointerTo } from './find-field.ts'

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web' }, finalizers: ['a.dev/one'] },
  data: { 'app.conf': 'x', app: { other: 'y' }, 'a[0]': 'z' },
  spec: {
    replicas: null,
    containers: [
      { name: 'web', image: 'web:1', args: ['a', 'b'] },
      { name: 'odd]"name', image: 'odd:1' },
    ],
    ports: [
      { port: 53, protocol: 'UDP', name: 'dns' },
      { port: 80, targetPort: 8080 },
    ],
  },
}

test.each([
  '.spec',
  '.spec.replicas',
  '.spec.containers[name="web"].image',
  '.spec.containers[name="web"].args[1]',
  '.spec.containers[name="odd]\\"name"].image',
  '.metadata.labels.app.kubernetes.io/name',
  '.metadata.finalizers[="a.dev/one"]',
  '.data.app.conf',
  '.data.app.other',
  '.data.a[0]',
  '.spec.ports[port=53,protocol="UDP"].name',
  '.spec.ports[port=80,protocol="TCP"].targetPort',
])('finds %s', (path) => {
  expect(findField(object, path)).toBeDefined()
})

test.each([
  'spec',
  '.',
  '.spec.',
  '.status',
  '.toString',
  '.spec.containers[name="api"].image',
  '.spec.containers[name="web"].command',
  '.spec.containers[name="web"].args[2]',
  '.spec.containers[name="web"',
  '.metadata.labels.app',
  '.metadata.finalizers[="other"]',
  '.data.app.con',
  '.spec.ports[port=53,protocol="TCP"].name',
  '.spec.ports[port=8,protocol="TCP"].targetPort',
  '.spec.ports[protocol="TCP"].targetPort',
])('does not find %s', (path) => {
  expect(findField(object, path)).toBeUndefined()
})

test.each([
  ['.spec.replicas', 'spec.replicas', '/spec/replicas'],
  ['.spec.containers[name="web"].args[1]', 'spec.containers[0].args[1]', '/spec/containers/0/args/1'],
  ['.spec.ports[port=80,protocol="TCP"].targetPort', 'spec.ports[1].targetPort', '/spec/ports/1/targetPort'],
  [
    '.metadata.labels.app.kubernetes.io/name',
    'metadata.labels["app.kubernetes.io/name"]',
    '/metadata/labels/app.kubernetes.io~1name',
  ],
  ['.data.app.conf', 'data["app.conf"]', '/data/app.conf'],
])('%s is %s to people and the pointer %s', (path, text, pointer) => {
  const location = findField(object, path) ?? []
  expect(locationText(location)).toBe(text)
  expect(pointerTo(location)).toBe(pointer)
})
