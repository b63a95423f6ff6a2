import { expect, test } from 'vitest'
import { hasField } from './has-field.ts'

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
  expect(hasField(object, path)).toBe(true)
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
  expect(hasField(object, path)).toBe(false)
})
