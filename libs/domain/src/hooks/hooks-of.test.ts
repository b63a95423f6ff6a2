import { expect, test } from 'vitest'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { ManifestSet } from '../object/manifest-set.ts'
import { declaredHooks, scheduleHooks } from './hooks-of.ts'

const job = (name: string, hook: string, more: Readonly<Record<string, string>> = {}, namespace?: string) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, ...(namespace && { namespace }), annotations: { 'argocd.argoproj.io/hook': hook, ...more } },
})
const kept: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } }

function setOf(objects: readonly KubernetesObject[], hooks: ManifestSet['hooks'] = []): ManifestSet {
  const rendered = objects.map((object, index) => ({ object, line: index + 1, digest: `d${index}` }))
  return { files: [{ path: 'k8s/all.yaml', blob: '', objects: rendered }], hooks }
}

const wave = (number: number) => ({ 'argocd.argoproj.io/sync-wave': String(number) })
const none = { pre_sync_hooks: [], post_sync_hooks: [] }

test('hooks are found among the objects and among those of a chart, with where they are', () => {
  const chart: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'setup', annotations: { 'helm.sh/hook': 'pre-install' } },
  }
  const rendered = { object: chart, path: 'chart/setup.yaml', events: [], weight: 0, delete_policies: [] }
  const found = declaredHooks(setOf([kept, job('migrate', 'PreSync')], [{ ...rendered, sensitive: ['/spec/x'] }]))
  expect(found.map(({ object, where, sensitive }) => [object.metadata.name, where, sensitive])).toEqual([
    ['migrate', 'k8s/all.yaml:2', undefined],
    ['setup', 'chart/setup.yaml', ['/spec/x']],
  ])
})

test('what runs with a sync stands in the order in which it runs', () => {
  const set = setOf([
    job('notify', 'PostSync'),
    job('undo', 'SyncFail'),
    job('late', 'PreSync', wave(2)),
    job('early', 'PreSync', wave(-1)),
    job('both', 'PreSync,PostSync'),
    job('amid', 'Sync'),
    job('goodbye', 'PreDelete'),
  ])
  const commands = { pre_sync_hooks: ['echo a', 'echo b'], post_sync_hooks: ['echo c'] }
  expect(scheduleHooks(declaredHooks(set), commands, 'shop').map(({ phase, name }) => `${phase} ${name}`)).toEqual([
    'PreSync pre_sync_hooks[0]',
    'PreSync pre_sync_hooks[1]',
    'PreSync Job/early',
    'PreSync Job/both',
    'PreSync Job/late',
    'Sync Job/amid',
    'PostSync Job/both',
    'PostSync Job/notify',
    'PostSync post_sync_hooks[0]',
    'SyncFail Job/undo',
  ])
})

test('a hook in another namespace than the destination is told by it', () => {
  const set = setOf([job('migrate', 'PreSync', {}, 'shop'), job('migrate', 'PreSync', {}, 'other')])
  expect(scheduleHooks(declaredHooks(set), none, 'shop').map(({ name }) => name)).toEqual([
    'Job/migrate',
    'Job/other/migrate',
  ])
})

test('a set without hooks has none', () => {
  expect(declaredHooks({ files: setOf([kept]).files })).toEqual([])
  expect(scheduleHooks([], none, 'shop')).toEqual([])
})
