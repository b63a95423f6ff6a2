import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import {
  assessChanges,
  createChange,
  deleteChange,
  impactWarnings,
  summarize,
  updateChange,
  type ChangeDraft,
  type Conflict,
  type KubernetesObject,
  type Plan,
} from '@plimsoll/domain'
import { diffFields } from '@plimsoll/kubernetes'
import { PlanSchema, planV1 } from '@plimsoll/proto'
import { format } from 'prettier'
import { expect, test } from 'vitest'
import { toPlan } from './plan-message.ts'

// The example that users are promised, word for word; what it leaves open is filled in.

const token = (text: string) => `(masked ${text.length})`
const metadata = (name: string, annotations?: Record<string, string>) => ({
  name,
  namespace: 'shop',
  ...(annotations && { annotations }),
})

function deployment(name: string, replicas: number, image: string, annotations?: Record<string, string>) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(name, annotations),
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
    },
  }
}

const service = (port: number): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('web-svc'),
  spec: { selector: { app: 'web-app' }, ports: [{ port, protocol: 'TCP' }] },
})

const configMap = (name: string, data: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata(name),
  data,
})

function update(before: KubernetesObject, after: KubernetesObject): ChangeDraft {
  const change = updateChange(before, after, token, diffFields)
  if (change === undefined) throw new Error('nothing changes')
  return change
}

const critical = { 'plimsoll.dev/criticality': 'critical' }
const changes = assessChanges(
  [
    createChange(deployment('web-app', 3, 'registry.example.com/web-app:1.0.0'), token),
    update(service(80), service(8080)),
    createChange(configMap('web-app', { greeting: 'hello' }), token),
    update(
      deployment('critical-app', 2, 'registry.example.com/critical-app:1.0.0', critical),
      deployment('critical-app', 2, 'registry.example.com/critical-app:1.1.0', critical),
    ),
    deleteChange(configMap('old-settings', { greeting: 'good day' }), token),
  ],
  { overrides: {}, owned: 20 },
)

const conflict: Conflict = {
  resource: 'ConfigMap/app-config',
  type: 'validation',
  description: 'Resource modified outside of GitOps',
  ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'app-config' },
  blocking: false,
  manager: 'kubectl-edit',
  time: '2024-01-15T10:12:41.000Z',
  current_state: configMap('app-config', { greeting: 'hi' }),
  desired_state: configMap('app-config', { greeting: 'hello' }),
  suggestions: ['Review manual changes before proceeding', 'Consider updating the Git repository'],
}

const warnings = impactWarnings(changes)
const published = planV1(
  create(
    PlanSchema,
    toPlan(
      {
        workflow_id: 'workflow-123',
        revision: 'abc123def456abc123def456abc123def456abcd',
        generated_at: '2024-01-15T10:30:00Z',
        digest: 'plan:4f1e5a0c9b2d',
        // The example counts no conflict and shows one.
        summary: summarize({ changes, conflicts: [], warnings }),
        changes,
        conflicts: [conflict],
        warnings,
      } satisfies Plan,
      { omitStates: false, omitUnifiedDiff: false },
    ),
  ),
)

test("the seed's example comes out word for word", () => {
  expect(published).toMatchObject({
    workflow_id: 'workflow-123',
    generated_at: '2024-01-15T10:30:00Z',
    summary: {
      total_changes: 5,
      created_resources: 2,
      updated_resources: 2,
      deleted_resources: 1,
      conflict_count: 0,
      warning_count: 1,
    },
    conflicts: [
      {
        resource: 'ConfigMap/app-config',
        type: 'validation',
        description: 'Resource modified outside of GitOps',
        current_state: configMap('app-config', { greeting: 'hi' }),
        desired_state: configMap('app-config', { greeting: 'hello' }),
        suggestions: ['Review manual changes before proceeding', 'Consider updating the Git repository'],
      },
    ],
    warnings: ['High-impact change detected: Deployment/critical-app'],
  })
  expect(published.changes[0]).toMatchObject({
    type: 'create',
    resource: 'Deployment/web-app',
    desired_state: deployment('web-app', 3, 'registry.example.com/web-app:1.0.0'),
    diff: '+ Creating Deployment/web-app with 3 replicas',
    impact: 'medium',
  })
  expect(published.changes[0]).not.toHaveProperty('current_state')
  expect(published.changes[1]).toMatchObject({
    type: 'update',
    resource: 'Service/web-svc',
    current_state: service(80),
    desired_state: service(8080),
    diff: '~ Updating Service/web-svc:\n  port: 80 -> 8080',
    impact: 'low',
  })
})

test('the published example is this one', async () => {
  const file = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'plan.v1.example.json')
  const text = await format(JSON.stringify(published, null, 2), { parser: 'json', printWidth: 120 })
  if (process.env['PLIMSOLL_WRITE_DOCS'] === '1') await writeFile(file, text)
  expect(await readFile(file, 'utf8')).toBe(text)
})
