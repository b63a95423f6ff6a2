import { storedPlan } from '@plimsoll/domain'
import { getBlob } from '@plimsoll/event-log'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { argo, job, jobPath, settings } from './hook-manifests.ts'
import { documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe.concurrent('a plan', () => {
  test('shows what hooks would run, and no value of a Secret among them', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', annotations: { [argo]: 'PreSync' } } }
    const grant = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `hooks-${crypto.randomUUID()}`, annotations: { [argo]: 'PreSync' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'nobody' }],
    }
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'all.yaml': documents(settings('1'), { ...secret, stringData: { token: 'open sesame' } }, grant) },
      allow: { cluster_scoped: true },
    })
    const made = await project.untilEvent('PlanMade')
    expect(made.summary).toMatchObject({ total_changes: 1, highest_impact: 'high' })
    const body = Buffer.from(await getBlob(stage.installation.log, made.plan)).toString('utf8')
    expect(body).not.toContain('sesame')
    expect(body).not.toContain(Buffer.from('open sesame').toString('base64'))
    expect(storedPlan(JSON.parse(body)).hooks).toMatchObject([
      {
        phase: 'PreSync',
        name: grant.kind + '/' + grant.metadata.name,
        impact: 'high',
        where: expect.stringMatching(/^all.yaml:\d+$/) as string,
      },
      {
        phase: 'PreSync',
        name: 'Secret/token',
        desired_state: { stringData: { token: expect.stringMatching(/^\(masked /) as string } },
      },
    ])
  })

  test('holds hooks to what the workflow may touch, in every phase', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(settings('1')),
        'hooks.yaml': documents({
          ...job('escape', { [argo]: 'SyncFail' }),
          metadata: { name: 'escape', namespace: 'kube-system', annotations: { [argo]: 'SyncFail' } },
        }),
        'typo.yaml': documents(job('typo', { 'plimsoll.dev/hook': 'Presync' })),
      },
      allow: { namespaces: ['somewhere'], kinds: null },
    })
    const failed = await project.untilEvent('PlanFailed')
    const told = failed.faults.map(({ what, where, because }) => `${where}: ${what}, ${because}`)
    expect(told).toContainEqual(expect.stringMatching(/^hooks.yaml:1: Job kube-system\/escape is not allowed, /))
    expect(told).toContainEqual(expect.stringMatching(/^typo.yaml:1: .* cannot be run, Presync is no phase of a sync/))
  })

  test('is blocked by a hook that the API server refuses, or that would take the place of what is not ours', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(settings('1')) },
    })
    await stage.cluster.apply(jobPath(project.namespace, 'theirs'), job('theirs', {}))
    const invalid = { ...job('invalid', { [argo]: 'PostSync' }), spec: { template: {} } }
    const pushed = await project.push({
      'hooks.yaml': documents(invalid, job('theirs', { [argo]: 'PreSync' })),
    })
    const planned = await project.untilEvent('PlanMade', ({ revision }) => revision === pushed)
    expect(planned.summary).toMatchObject({ total_changes: 1, conflict_count: 2 })
    await stage.operator.requestSync(project.id)
    const failed = await project.untilEvent('SyncFailed')
    expect(failed.stage).toBe('plan')
    expect(failed.faults.map(({ what }) => what).toSorted()).toEqual([
      'Job/invalid is refused by the cluster',
      'Job/theirs cannot be taken over',
    ])
  })
})
