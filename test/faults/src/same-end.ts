import { workflowStatus, type WorkflowRow } from '@plimsoll/domain'
import type { Installation, Project } from '@plimsoll/e2e'
import { readRow } from '@plimsoll/event-log'
import { until, type Cluster } from '@plimsoll/harness'

/**
 * What is left of a project when all is done, told alike for every project that went through the same: what lives, what the log
 * folds to, what the status says. Ids, digests under a workflow's key, and durations are left out.
 */
export async function endOf(
  { log }: Installation,
  view: Cluster,
  project: Project,
  revisions: Readonly<Record<string, string>>,
): Promise<object> {
  const stream = `workflow-${project.id}`
  const row = await until(
    async () => {
      const found = await readRow<WorkflowRow>(log, 'status', stream)
      const { version } = await log.db
        .selectFrom('stream')
        .select('version')
        .where('id', '=', stream)
        .executeTakeFirstOrThrow()
      return found?.version === version ? found : undefined
    },
    { what: `the read model has all of ${project.id}`, timeoutMs: 150_000 },
  )
  const { workflow } = row.body
  const status = workflowStatus(row.body)
  const text = JSON.stringify({
    live: await liveOf(view, project),
    workflow: { ...workflow, ...passing, plan: workflow.plan && { ...workflow.plan, sync_id: null } },
    status: [status?.status, status?.reason],
  })
  return JSON.parse(alike(text, project, revisions)) as object
}

/** What is about how it came to this, and forgotten after a while. */
const passing = { config: null, drift: null, healed: [] }

async function liveOf(view: Cluster, { namespace }: Project) {
  const at = `/namespaces/${namespace}`
  const [maps, deployments] = await Promise.all([
    view.list(`/api/v1${at}/configmaps`),
    view.list(`/apis/apps/v1${at}/deployments`),
  ])
  const data = maps
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map((map) => [map.metadata.name, map['data'], map.metadata['labels'] === undefined] as const)
  const images = deployments.map((one) => [
    one.metadata.name,
    (one['spec'] as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]?.image,
  ])
  return { data: data.toSorted(([a], [b]) => (a < b ? -1 : 1)), images }
}

function alike(text: string, { id, namespace }: Project, revisions: Readonly<Record<string, string>>): string {
  let told = text.replaceAll(id, 'ID').replaceAll(namespace, 'NAMESPACE')
  for (const [name, revision] of Object.entries(revisions))
    told = told.replaceAll(revision, name).replaceAll(revision.slice(0, 8), name)
  return (
    told
      .replaceAll(/\b(hmac|sha256|plan|set):[0-9a-f]{64}\b/g, '$1')
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
      .replaceAll(/"tree":"[^"]*"/g, '"tree":"T"')
      .replaceAll(/"duration_ms":\d+/g, '"duration_ms":0')
      // Which pod was seen in which state of its back-off is a matter of the moment.
      .replaceAll(
        /Deployment\/web is (Progressing|Degraded)(?:\\.|[^"\\])*?(?=; revision|")/g,
        'Deployment/web is not healthy',
      )
      .replaceAll(/"because":"(?:\\.|[^"\\])*(replicas|pod) (?:\\.|[^"\\])*"/g, '"because":"B"')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
  )
}
