import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sourceTree } from '../../test/source-tree.ts'
import { closureOf } from './closure-of.ts'

const fields = [
  'resources',
  'bases',
  'components',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'configMapGenerator',
  'secretGenerator',
  'replacements',
  'transformers',
  'generators',
  'validators',
  'configurations',
  'crds',
  'openapi',
  'helmCharts',
  'helmGlobals',
  'helmChartInflationGenerator',
  'dependencies',
  'path',
  'files',
  'envs',
  'env',
  'name',
  'repo',
  'version',
  'repository',
  'valuesFile',
  'chartHome',
  'apiVersion',
  'kind',
]
const texts = [
  '../b',
  '../a',
  'x.yaml',
  '../../..',
  'k=x.yaml',
  'builtin',
  'file://../b',
  'https://e.com',
  'a: b\nc: d',
  '{',
  '',
]
const leaf = fc.oneof(fc.constantFrom(...texts), fc.integer(), fc.boolean(), fc.constant(null))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...fields), tie('value'), { maxKeys: 4 }),
  ),
}))
const document = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 6 }).map((data) => JSON.stringify(data))

test('whatever files say, the closure comes to an end, holds the target, and stays within the repository', async () => {
  await fc.assert(
    fc.asyncProperty(document, document, document, fc.constantFrom('kustomize', 'helm'), async (a, b, x, renderer) => {
      const source = sourceTree({
        'a/kustomization.yaml': a,
        'a/Chart.yaml': a,
        'a/x.yaml': x,
        'b/kustomization.yaml': b,
        'b/Chart.yaml': b,
      })
      const { roots, errors } = await closureOf(source, { target: 'a', renderer, helm: { values_files: [] } })
      expect(roots.includes('a') || roots.includes('.')).toBe(true)
      expect(roots.filter((root) => root.split('/').includes('..') || root.startsWith('/'))).toEqual([])
      expect(errors.every(({ file, line, message }) => file !== '' && line >= 0 && message !== '')).toBe(true)
    }),
    { numRuns: 300 },
  )
})
