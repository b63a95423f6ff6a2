import { expect, test } from 'vitest'
import { hookProblem, hookWishOf } from './hook-annotations.ts'

const annotated = (annotations: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate', annotations: annotations as Record<string, string> },
})
const [ours, argo, helm] = ['plimsoll.dev/hook', 'argocd.argoproj.io/hook', 'helm.sh/hook']
const said = { otherwise: [], delete_policies: ['BeforeHookCreation'], wave: 0 }

test.each<[Readonly<Record<string, unknown>>, object]>([
  [{ [ours]: 'PreSync' }, { ...said, origin: 'plimsoll', phases: ['PreSync'] }],
  [{ [argo]: 'PostSync, PreSync' }, { ...said, origin: 'argocd', phases: ['PreSync', 'PostSync'] }],
  [{ [argo]: 'Sync' }, { ...said, origin: 'argocd', phases: ['Sync'] }],
  [{ [argo]: 'SyncFail' }, { ...said, origin: 'argocd', phases: ['SyncFail'] }],
  [{ [argo]: 'PreDelete' }, { ...said, origin: 'argocd', phases: [], otherwise: ['PreDelete'] }],
  [{ [argo]: 'PreSync,PostDelete' }, { ...said, origin: 'argocd', phases: ['PreSync'], otherwise: ['PostDelete'] }],
  [{ [helm]: 'pre-install,pre-upgrade' }, { ...said, origin: 'helm', phases: ['PreSync'] }],
  [{ [helm]: 'post-install, pre-upgrade' }, { ...said, origin: 'helm', phases: ['PreSync', 'PostSync'] }],
  [{ [helm]: 'post-upgrade' }, { ...said, origin: 'helm', phases: ['PostSync'] }],
  [{ [helm]: 'test' }, { ...said, origin: 'helm', phases: [], otherwise: ['test'] }],
  [{ [helm]: 'pre-rollback' }, { ...said, origin: 'helm', phases: [], otherwise: ['pre-rollback'] }],
  [{ [helm]: 'post-delete' }, { ...said, origin: 'helm', phases: [], otherwise: ['post-delete'] }],
  [{ [helm]: 'crd-install,pre-install' }, { ...said, origin: 'helm', phases: ['PreSync'] }],
  // One tool's word counts: Helm's says nothing where another's is set.
  [
    { [argo]: 'PostSync', [helm]: 'pre-install' },
    { ...said, origin: 'argocd', phases: ['PostSync'] },
  ],
  [
    { [ours]: 'Sync', [argo]: 'PostSync' },
    { ...said, origin: 'plimsoll', phases: ['Sync'] },
  ],
  [
    { [argo]: 'Presync', [helm]: 'pre-install' },
    { ...said, origin: 'helm', phases: ['PreSync'] },
  ],
])('%j says %j', (annotations, wish) => {
  expect(hookWishOf(annotated(annotations))).toEqual(wish)
})

test.each([
  {},
  { other: 'PreSync' },
  { [argo]: 'Presync' },
  { [argo]: '' },
  { [argo]: 3 },
  { [argo]: 'Skip' },
  { [ours]: 'Skip', [argo]: 'PreSync' },
  { [helm]: 'crd-install' },
])('%j makes no hook', (annotations) => {
  expect(hookWishOf(annotated(annotations))).toBeUndefined()
})

test.each<[Readonly<Record<string, unknown>>, readonly string[]]>([
  [{ [`${argo}-delete-policy`]: 'HookSucceeded' }, ['HookSucceeded']],
  [{ [`${ours}-delete-policy`]: 'HookFailed, HookSucceeded' }, ['HookSucceeded', 'HookFailed']],
  [{ [`${helm}-delete-policy`]: 'before-hook-creation,hook-succeeded' }, ['HookSucceeded', 'BeforeHookCreation']],
  [{ [`${helm}-delete-policy`]: 'hook-failed' }, ['HookFailed']],
  [{ [`${argo}-delete-policy`]: 'Never' }, ['BeforeHookCreation']],
  [
    { [`${argo}-delete-policy`]: 'HookFailed', [`${helm}-delete-policy`]: 'hook-succeeded' },
    ['HookSucceeded', 'HookFailed'],
  ],
])('of %j it is deleted %j', (annotations, policies) => {
  expect(hookWishOf(annotated({ [argo]: 'PreSync', ...annotations }))?.delete_policies).toEqual(policies)
})

test.each<[Readonly<Record<string, unknown>>, number]>([
  [{ 'argocd.argoproj.io/sync-wave': '-2' }, -2],
  [{ 'plimsoll.dev/sync-wave': '3', 'argocd.argoproj.io/sync-wave': '-2' }, 3],
  [{ 'helm.sh/hook-weight': '-5' }, -5],
  [{ 'helm.sh/hook-weight': 'heavy' }, 0],
  [{ 'helm.sh/hook-weight': 7 }, 0],
  [{ 'helm.sh/hook-weight': '4', 'argocd.argoproj.io/sync-wave': '1' }, 1],
])('of %j its wave is %j', (annotations, wave) => {
  expect(hookWishOf(annotated({ [helm]: 'pre-install', ...annotations }))?.wave).toBe(wave)
})

test('a phase that there is none of is told, where only we read the annotation', () => {
  expect(hookProblem(annotated({ [ours]: 'PreSync, Presink' }))).toContain('Presink is no phase of a sync')
  expect(hookProblem(annotated({ [ours]: 'SyncFail' }))).toBeUndefined()
  expect(hookProblem(annotated({ [argo]: 'Presink' }))).toBeUndefined()
})
