import { declaredHooks } from '@plimsoll/domain'
import type { RenderedHook } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { notRunWarnings } from './not-run.ts'

const hook = (name: string, events: string): RenderedHook => ({
  object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations: { 'helm.sh/hook': events } } },
  path: 'chart/jobs.yaml',
  events: events.split(','),
  weight: 0,
  delete_policies: [],
})
const of = (...hooks: readonly RenderedHook[]) =>
  notRunWarnings(declaredHooks({ files: [], hooks }).filter(({ wish }) => wish.phases.length === 0))

test('hooks of points that no sync comes to are named in one warning, with where they are', () => {
  expect(of(hook('a', 'pre-delete'), hook('b', 'pre-install'), hook('c', 'post-rollback,post-delete'))).toEqual([
    'No sync runs these hooks: Job/a (pre-delete; chart/jobs.yaml), Job/c (post-rollback, post-delete; chart/jobs.yaml)',
  ])
})

test('a test of a chart is nothing that anybody misses', () => {
  expect(of(hook('a', 'test'), hook('b', 'test-success'))).toEqual([])
  expect(of(hook('a', 'test,pre-delete'))).toHaveLength(1)
})
