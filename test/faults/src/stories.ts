import { approveSync, type WorkflowEvent } from '@plimsoll/domain'
import {
  brokenDeployment,
  configMap,
  configMapPath,
  deployer,
  deployment,
  documents,
  openProject,
  operatorOf,
  type Installation,
  type Project,
  type ProjectOptions,
} from '@plimsoll/e2e'
import { until, type Cluster, type GitHttpServer } from '@plimsoll/harness'
import { manyObjects, valuesOf } from './many-objects.ts'
import { endOf } from './same-end.ts'

export type Place = {
  readonly installation: Installation
  readonly git: GitHttpServer
  readonly view: Cluster
  /** How long anything may take, faults and all. */
  readonly timeoutMs: number
}

/** What one workflow goes through. Answers its revisions by name. */
type Story = {
  readonly request: Omit<ProjectOptions, 'git'>
  readonly go: (place: Place, project: Project) => Promise<Readonly<Record<string, string>>>
}

export type Told = { readonly project: Project; readonly end: object; readonly faults: readonly string[] }

/** Lets a workflow go through a story, and tells its end and what went wrong on the way. */
export async function live(place: Place, name: keyof typeof stories): Promise<Told> {
  const { request, go } = stories[name]
  const { git, installation, view } = place
  // Commands run as an account of the namespace.
  const runsCommands = 'sync_policy' in request && 'pre_sync_hooks' in request.sync_policy
  const destination = runsCommands && { namespace: await deployer(view), service_account: 'deployer' }
  const project = await openProject(installation, { git, ...request, ...(destination && { destination }) })
  await untilApplied(place, project, project.first)
  const revisions = await go(place, project)
  const end = await endOf(installation, view, project, { first: project.first, ...revisions })
  return { project, end, faults: await hookFaults(place, project) }
}

const count = 12
const pushed = (project: Project, x: string, more: Readonly<Record<string, string | null>> = {}) =>
  project.push({ ...manyObjects(count, x), ...more })

function job(name: string, phase: string) {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] } }
  const annotations = { 'argocd.argoproj.io/hook': phase }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec: { backoffLimit: 0, template } }
}

/** May be run twice: a command that was running when its syncer was killed is. */
const note = (phase: string) =>
  `kubectl patch configmap notes --type=merge -p '{"data":{"${phase}":"'$PLIMSOLL_REVISION'"}}' ||
   kubectl create configmap notes --from-literal=${phase}=$PLIMSOLL_REVISION`

const late = (x: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'late', annotations: { 'plimsoll.dev/sync-wave': '1' } },
  data: { x },
})

export const stories = {
  'waves and hooks': {
    request: {
      files: {
        ...manyObjects(count, '1'),
        'hooks.yaml': documents(job('before', 'PreSync'), job('after', 'PostSync')),
        'late.yaml': documents(late('1')),
      },
      sync_policy: { pre_sync_hooks: [note('before')], post_sync_hooks: [note('after')] },
    },
    go: async (place, project) => {
      const second = await pushed(project, '2', { 'late.yaml': documents(late('2')) })
      await untilApplied(place, project, second)
      const third = await pushed(project, '3', { 'late.yaml': documents(late('3')) })
      await untilApplied(place, project, third)
      return { second, third }
    },
  },
  'approvals and pruning': {
    request: {
      files: { ...manyObjects(count, '1'), 'old.yaml': documents(configMap('old', { x: '1' })) },
      sync_policy: { auto_prune: true },
    },
    go: async (place, project) => {
      const { decide } = operatorOf(place.installation)
      const config = (await project.workflow()).config
      if (config === null) throw new Error('there is no workflow')
      const approval = { ...config.approval, required: true }
      await decide(project.id, () => [{ type: 'WorkflowChanged', data: { ...config, approval } }])
      const second = await pushed(project, '2', { 'old.yaml': null })
      const approving = async () => {
        const { sync, applied } = await project.workflow()
        if (applied?.revision === second) return true
        const asked = sync?.approval
        if (asked?.approved_by === null) await decide(project.id, approveSync(asked.plan, 'grace', ''))
        return false
      }
      await until(approving, { what: 'what is approved is applied', timeoutMs: place.timeoutMs, intervalMs: 200 })
      return { second }
    },
  },
  'drift that is healed': {
    request: { files: manyObjects(count, '1'), sync_policy: { self_heal: true } },
    go: async (place, project) => {
      const { view, timeoutMs } = place
      const path = (nth: number) => configMapPath(project.namespace, `item-${nth}`)
      await view.apply(path(0), configMap('item-0', { x: 'theirs' }, project.namespace), 'somebody')
      await view.delete(path(1))
      const isHealed = async () => (await valuesOf(view, project))['1'] === count
      await until(isHealed, { what: 'what drifted is put back', timeoutMs })
      const second = await pushed(project, '2')
      await untilApplied(place, project, second)
      return { second }
    },
  },
  'a rollback by itself': {
    request: {
      files: { ...manyObjects(count, '1'), 'web.yaml': documents(deployment('web')) },
      rollback_on_failure: true,
      sync_policy: { auto_prune: true, health_check: { timeout: '20s' } },
    },
    go: async (place, project) => {
      const bad = await pushed(project, '2', { 'web.yaml': documents(brokenDeployment('web')) })
      await until(async () => (await project.events()).some(({ type }) => type === 'RollbackSucceeded'), {
        what: 'it is rolled back',
        timeoutMs: place.timeoutMs,
      })
      const good = await pushed(project, '3', { 'web.yaml': documents(deployment('web', { image: 'web:3' })) })
      await untilApplied(place, project, good)
      return { bad, good }
    },
  },
} as const satisfies Readonly<Record<string, Story>>

async function untilApplied({ timeoutMs }: Place, project: Project, revision: string): Promise<void> {
  await until(
    async () => {
      const { applied, sync } = await project.workflow()
      if (applied?.revision === revision && sync === null) return true
      throw new Error((await project.events()).slice(-6).map(told).join('\n'))
    },
    { what: `${project.id} has applied ${revision}`, timeoutMs, intervalMs: 200 },
  )
}

function told({ type, data }: WorkflowEvent): string {
  return `${type} ${JSON.stringify(data).slice(0, 200)}`
}

/** Hooks that were recorded as finished twice, or ran again after that, or did not run at all. */
async function hookFaults({ installation, view }: Place, project: Project): Promise<readonly string[]> {
  const { log } = installation
  const rows = await log.db
    .selectFrom('event')
    .select(['type', 'recorded_at', 'data'])
    .where('stream', '=', `workflow-${project.id}`)
    .where('type', 'in', ['HookFinished', 'SyncSucceeded'])
    .orderBy('version')
    .execute()
  const finished = rows.filter(({ type }) => type === 'HookFinished')
  const runs = Map.groupBy(finished, ({ data }) => {
    const { sync_id, phase, hook } = data as { sync_id: string; phase: string; hook: string }
    return `${sync_id} ${phase} ${hook}`
  })
  const twice = [...runs].flatMap(([run, all]) => (all.length > 1 ? [`${run} finished ${all.length} times`] : []))
  const jobs = await view.list(`/apis/batch/v1/namespaces/${project.namespace}/jobs`)
  const again = jobs.flatMap(({ metadata }) => {
    const last = finished.findLast(({ data }) => (data as { hook: string }).hook === `Job/${metadata.name}`)
    const createdAt = Date.parse(String(metadata['creationTimestamp']))
    return last !== undefined && createdAt <= last.recorded_at.getTime() ? [] : [`Job ${metadata.name} ran again`]
  })
  const { pre_sync_hooks: before = [], post_sync_hooks: after = [] } =
    (await project.workflow()).config?.sync_policy ?? {}
  const hooks = jobs.length + before.length + after.length
  const succeeded = rows.length - finished.length
  const missing = runs.size < hooks * succeeded ? [`${runs.size} hooks finished in ${succeeded} syncs`] : []
  return [...twice, ...again, ...missing]
}
