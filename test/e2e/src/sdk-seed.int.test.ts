import { readFile } from 'node:fs/promises'
import { storedPlan } from '@plimsoll/domain'
import { putBlob } from '@plimsoll/event-log'
import { freshNamespace } from '@plimsoll/harness'
import { openPlimsoll, type Diff, type Plimsoll } from '@plimsoll/sdk/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documents } from './manifests.ts'
import { openApi, type RunningApi } from './open-api.ts'
import { openStage, type Stage } from './stage.ts'

// The example that users are promised, word for word, from a commit to the client.

let stage: Stage
let api: RunningApi
let plimsoll: Plimsoll
beforeAll(async () => {
  stage = await openStage()
  api = await openApi(stage.installation)
  plimsoll = openPlimsoll({ url: api.url, token: api.token })
})
afterAll(async () => {
  await plimsoll[Symbol.asyncDispose]()
  await api[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

function deployment(name: string, replicas: number, image: string, annotations?: Record<string, string>) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(annotations && { annotations }) },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
    },
  }
}

const service = (port: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web-svc' },
  spec: { selector: { app: 'web-app' }, ports: [{ port, targetPort: 3000, protocol: 'TCP' }] },
})
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } })
const critical = (version: string) =>
  deployment('critical-app', 2, `registry.example.com/critical-app:${version}`, {
    'plimsoll.dev/criticality': 'critical',
  })

test("the seed's diff comes from two commits, word for word", async () => {
  const id = 'production-workflow'
  const [repository, namespace] = await Promise.all([stage.git.createRepository(id), freshNamespace()])
  const before = [service(80), critical('1.0.0'), configMap('old-settings')]
  await repository.commit({ 'k8s/production/all.yaml': documents(...before) }, 'before')
  // As the seed has it.
  const repo_id = await plimsoll.registerRepository({
    id: 'production-repo',
    url: stage.git.url(id),
    branch: 'main',
    poll_interval: '30s',
  })
  const workflow_id = await plimsoll.createWorkflow({
    id,
    name: 'Production Infrastructure',
    repository: repo_id,
    target_path: 'k8s/production',
    auto_sync: false,
    diff_preview: true,
    rollback_on_failure: true,
    sync_policy: {
      auto_prune: true,
      retry: { limit: 3, backoff: 'exponential' },
      health_check: { enabled: true, timeout: '10m' },
    },
    destination: { namespace },
  })
  expect(await plimsoll.syncWorkflow(workflow_id)).toMatchObject({ ok: true })
  const after = [
    deployment('web-app', 3, 'registry.example.com/web-app:1.0.0'),
    service(8080),
    configMap('web-app'),
    critical('1.1.0'),
  ]
  await repository.commit({ 'k8s/production/all.yaml': documents(...after) }, 'after')

  const diff = await plimsoll.generateDiff(workflow_id)
  if (diff === null) throw new Error('nothing changes')
  expect(diff).toMatchObject({
    workflow_id,
    generated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/) as string,
    summary: {
      total_changes: 5,
      created_resources: 2,
      updated_resources: 2,
      deleted_resources: 1,
      conflict_count: 0,
      warning_count: 1,
    },
    conflicts: [],
    warnings: ['High-impact change detected: Deployment/critical-app'],
  })
  expect(changeOf(diff, 'Deployment/web-app')).toMatchObject({
    type: 'create',
    desired_state: { kind: 'Deployment', spec: { replicas: 3 } },
    diff: '+ Creating Deployment/web-app with 3 replicas',
    impact: 'medium',
  })
  expect(changeOf(diff, 'Deployment/web-app')).not.toHaveProperty('current_state')
  expect(changeOf(diff, 'Service/web-svc')).toMatchObject({
    type: 'update',
    current_state: { spec: { ports: [{ port: 80 }] } },
    desired_state: { spec: { ports: [{ port: 8080 }] } },
    diff: '~ Updating Service/web-svc:\n  port: 80 -> 8080',
    impact: 'low',
  })
  expect(changeOf(diff, 'ConfigMap/old-settings')).toMatchObject({ type: 'delete' })
})

function changeOf({ changes }: Diff, resource: string) {
  return changes.find((change) => change.resource === resource)
}

test("a recorded plan that is the seed's example is that example to the client, with its conflict", async () => {
  const file = new URL('../../../docs/plan.v1.example.json', import.meta.url)
  const example = JSON.parse(await readFile(file, 'utf8')) as Diff
  const { workflow_id: id, digest } = example
  await plimsoll.registerRepository({ id, url: stage.git.url('nothing-is-read') })
  await plimsoll.createWorkflow({ id, repository: id })
  const plan = storedPlan({
    ...example,
    changes: example.changes.map((change) => ({ ...change, ref: refOf(change.ref) })),
    conflicts: example.conflicts.map((conflict) => ({ ...conflict, ref: refOf(conflict.ref) })),
  })
  const blob = await putBlob(stage.installation.log, Buffer.from(JSON.stringify(plan)))
  const { revision, summary } = plan
  const none = { tree: '', paths: [], objects: '', steps: blob, manifest_set: blob, sync_id: null }
  const made = { type: 'PlanMade', data: { ...none, revision, digest, plan: blob, summary } } as const
  await stage.operator.decide(id, () => [made])

  const diff = await plimsoll.generateDiff(id, { plan: digest })
  expect(diff).toEqual(example)
  expect(diff?.conflicts).toMatchObject([
    {
      resource: 'ConfigMap/app-config',
      type: 'validation',
      description: 'Resource modified outside of GitOps',
      current_state: { kind: 'ConfigMap' },
      desired_state: { kind: 'ConfigMap' },
      suggestions: ['Review manual changes before proceeding', 'Consider updating the Git repository'],
    },
  ])
})

function refOf({ api_version: apiVersion, ...names }: Diff['changes'][number]['ref']) {
  return { apiVersion, ...names }
}
