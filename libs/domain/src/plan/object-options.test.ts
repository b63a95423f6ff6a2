import { expect, test } from 'vitest'
import { optionsOf } from './object-options.ts'
import type { ObjectOptions } from './object-options.ts'

function object(annotations?: object, labels?: object) {
  const metadata = { name: 'web', ...(annotations && { annotations }), ...(labels && { labels }) }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata } as Parameters<typeof optionsOf>[0]
}

const plain = optionsOf(object())
const sync = 'argocd.argoproj.io/sync-options'
const keep = { prune: false, delete: false }

test('an object without annotations is managed like any other', () => {
  expect(plain).toEqual({
    ignore: false,
    prune: true,
    delete: true,
    replace: false,
    createOnly: false,
    warnsWhenLeft: true,
    critical: false,
  })
  expect(optionsOf()).toEqual(plain)
  expect(optionsOf(undefined)).toEqual(plain)
})

test.each<[string, unknown, Partial<ObjectOptions>]>([
  ['plimsoll.dev/ignore', 'true', { ignore: true }],
  ['plimsoll.dev/ignore', 'True', {}],
  ['plimsoll.dev/ignore', 'false', {}],
  ['plimsoll.dev/ignore', true, {}],
  ['plimsoll.dev/prune', 'disabled', keep],
  ['plimsoll.dev/prune', 'enabled', {}],
  ['plimsoll.dev/replace', 'true', { replace: true }],
  ['plimsoll.dev/criticality', 'critical', { critical: true }],
  ['plimsoll.dev/criticality', 'low', {}],
  [sync, 'Prune=false', { prune: false }],
  [sync, 'Prune=confirm', { prune: false }],
  [sync, 'Prune=true', {}],
  [sync, 'prune=false', {}],
  [sync, 'Delete=false', { delete: false }],
  [sync, 'Delete=confirm', { delete: false }],
  [sync, 'Force=true', { replace: true }],
  [sync, 'Force=true,Replace=true', { replace: true }],
  [sync, 'Replace=true', {}],
  [sync, 'ServerSideApply=true', {}],
  [sync, ' Validate=false , Prune=false ,Delete=false', keep],
  [sync, 'NoPrune=false', {}],
  ['argocd.argoproj.io/compare-options', 'IgnoreExtraneous', { warnsWhenLeft: false }],
  ['argocd.argoproj.io/compare-options', 'ServerSideDiff=true,IgnoreExtraneous', { warnsWhenLeft: false }],
  ['argocd.argoproj.io/hook', 'Skip', { ignore: true }],
  ['argocd.argoproj.io/hook', 'Presync', {}],
  ['argocd.argoproj.io/hook', 'PreSync,PostSync', { ignore: true }],
  ['plimsoll.dev/hook', 'Skip', { ignore: true }],
  ['plimsoll.dev/hook', 'PostDelete', { ignore: true }],
  ['helm.sh/resource-policy', 'keep', keep],
  ['helm.sh/resource-policy', 'delete', {}],
  ['kustomize.toolkit.fluxcd.io/prune', 'disabled', keep],
  ['kustomize.toolkit.fluxcd.io/prune', 'Disabled', keep],
  ['kustomize.toolkit.fluxcd.io/reconcile', 'disabled', { ignore: true }],
  ['kustomize.toolkit.fluxcd.io/reconcile', 'enabled', {}],
  ['kustomize.toolkit.fluxcd.io/ssa', 'Ignore', { ignore: true }],
  ['kustomize.toolkit.fluxcd.io/ssa', 'IfNotPresent', { createOnly: true }],
  ['kustomize.toolkit.fluxcd.io/ssa', 'Merge', {}],
  ['kustomize.toolkit.fluxcd.io/ssa', 'Override', {}],
  ['kustomize.toolkit.fluxcd.io/force', 'enabled', { replace: true }],
])('%s: %j', (key, value, asked) => {
  expect(optionsOf(object({ [key]: value }))).toEqual({ ...plain, ...asked })
})

test('a label says the same only where its own tool reads labels', () => {
  expect(optionsOf(object(undefined, { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }))).toMatchObject(keep)
  expect(optionsOf(object(undefined, { 'plimsoll.dev/prune': 'disabled' }))).toEqual(plain)
})

test('several annotations ask together', () => {
  const both = { 'plimsoll.dev/replace': 'true', [sync]: 'Prune=false', 'plimsoll.dev/criticality': 'critical' }
  expect(optionsOf(object(both))).toEqual({ ...plain, prune: false, replace: true, critical: true })
})

test('what lives is heard beside what Git has', () => {
  const git = object({ 'plimsoll.dev/replace': 'true' })
  const live = object({ 'plimsoll.dev/prune': 'disabled' })
  expect(optionsOf(git, live)).toEqual({ ...plain, ...keep, replace: true })
  expect(optionsOf(undefined, live)).toEqual({ ...plain, ...keep })
})
