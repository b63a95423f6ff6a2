import { expect, test } from 'vitest'
import { hooksNotRun } from './hooks-not-run.ts'

const job = (name: string, annotations?: Record<string, string>) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, ...(annotations && { annotations }) },
})
const rendered = (name: string, annotations?: Record<string, string>) => ({
  object: job(name, annotations),
  line: 3,
  digest: '',
})

test('each hook is named, with what it is and where it stands', () => {
  const hook = {
    object: job('seed'),
    path: 'chart/templates/seed.yaml',
    events: ['pre-install'],
    weight: 0,
    delete_policies: [],
  }
  const objects = [
    rendered('plain'),
    rendered('skipped', { 'argocd.argoproj.io/hook': 'Skip' }),
    rendered('migrate', { 'argocd.argoproj.io/hook': 'PreSync, PostSync' }),
  ]
  expect(hooksNotRun({ files: [{ path: 'k8s/jobs.yaml', blob: '', objects }], hooks: [hook] })).toEqual([
    'Job/seed is a Helm hook (pre-install) and is not run: a sync applies objects only (chart/templates/seed.yaml)',
    'Job/migrate is a hook of Argo CD (PreSync, PostSync) and is not run: a sync applies objects only (k8s/jobs.yaml:3)',
  ])
})
