import { expect, test } from 'vitest'
import { waveOf, waveProblem } from './sync-wave.ts'

const annotated = (annotations?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...(annotations && { annotations }) },
})
const [ours, argo] = ['plimsoll.dev/sync-wave', 'argocd.argoproj.io/sync-wave']

test.each([
  [undefined, 0],
  [{ [ours]: '3' }, 3],
  [{ [ours]: '-5' }, -5],
  [{ [argo]: '2' }, 2],
  [{ [ours]: '1', [argo]: '2' }, 1],
  [{ other: '7' }, 0],
])('of the annotations %j it is %j', (annotations, wave) => {
  expect(waveOf(annotated(annotations))).toBe(wave)
  expect(waveProblem(annotated(annotations))).toBeUndefined()
})

test.each(['first', '1.5', '', '1e3', '9999999', ' 1'])('%j is no wave', (text) => {
  expect(waveProblem(annotated({ [ours]: text }))).toContain(JSON.stringify(text))
  expect(waveOf(annotated({ [ours]: text }))).toBe(0)
})
