import { expect, test } from 'vitest'
import { objectsDigest } from './objects-digest.ts'
import type { ManifestSet, RenderedHook } from '../object/manifest-set.ts'

const set = (hooks?: readonly RenderedHook[], path = 'a.yaml'): ManifestSet => ({
  files: [
    {
      path,
      blob: '',
      objects: [{ object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, line: 1, digest: 'd' }],
    },
  ],
  ...(hooks && { hooks }),
})
const hook = (image: string, path = 'chart/hook.yaml'): RenderedHook => ({
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'hook' }, spec: { image } },
  path,
  events: ['pre-install'],
  weight: 0,
  delete_policies: [],
})
const digest = (of: ManifestSet) => objectsDigest(of, (text) => text)

test('a hook of a chart belongs to what a set declares, wherever it stands', () => {
  expect(digest(set([]))).toBe(digest(set(undefined, 'b.yaml')))
  expect(digest(set([hook('a')]))).not.toBe(digest(set()))
  expect(digest(set([hook('a')]))).not.toBe(digest(set([hook('b')])))
  expect(digest(set([hook('a')]))).toBe(digest(set([hook('a', 'elsewhere.yaml')])))
})
