import { expect, test } from 'vitest'
import { isMarked, markAnnotation, markLabel, withMark } from './mark.ts'
import type { KubernetesObject } from './object-ref.ts'

const web: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { team: 'shop' } },
  spec: { replicas: 3 },
}
const bare: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }

test('a mark is a label and an annotation, and nothing else', () => {
  expect(withMark(web, 'm1')).toEqual({
    ...web,
    metadata: {
      ...web.metadata,
      labels: { app: 'web', [markLabel]: 'm1' },
      annotations: { team: 'shop', [markAnnotation]: 'apps/Deployment/shop/web' },
    },
  })
  expect(withMark(bare, 'm1').metadata).toEqual({
    name: 'shop',
    labels: { [markLabel]: 'm1' },
    annotations: { [markAnnotation]: '/Namespace//shop' },
  })
})

test('what Git holds is not changed by it, and a mark that Git holds is replaced', () => {
  const before = structuredClone(web)
  withMark(web, 'm1')
  expect(web).toEqual(before)
  expect(withMark(withMark(web, 'm2'), 'm1')).toEqual(withMark(web, 'm1'))
})

test.each<[string, KubernetesObject, boolean]>([
  ['the object itself', withMark(web, 'm1'), true],
  ['a cluster-scoped object', withMark(bare, 'm1'), true],
  ['the object in another version of its API', { ...withMark(web, 'm1'), apiVersion: 'apps/v1beta2' }, true],
  ['an object without a mark', web, false],
  ['an object of another workflow', withMark(web, 'm2'), false],
  ['a copy under another name', copied({ name: 'web-2' }), false],
  ['a copy in another namespace', copied({ namespace: 'jobs' }), false],
  ['a copy of another kind', { ...withMark(web, 'm1'), kind: 'StatefulSet' }, false],
  ['an object that lost its annotation', copied({ annotations: {} }), false],
  ['an object that lost its label', copied({ labels: { app: 'web' } }), false],
])('%s is told from a copy', (_title, object, marked) => {
  expect(isMarked(object, 'm1')).toBe(marked)
})

function copied(metadata: object): KubernetesObject {
  const marked = withMark(web, 'm1')
  return { ...marked, metadata: { ...marked.metadata, ...metadata } }
}
