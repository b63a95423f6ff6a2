import type { WorkflowRequest } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject, patienceMs, watchProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

const overlay = (prefix: string, ...resources: readonly string[]) =>
  `namePrefix: ${prefix}-\nresources:\n${resources.map((path) => `- ${path}\n`).join('')}`
const value = (x: string) => documents(configMap('app', { x }))

const chart = (name: string) => ({
  [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\ndependencies:\n- {name: lib, version: 1.0.0, repository: "file://../lib"}\n`,
  [`charts/${name}/values.yaml`]: 'x: the chart\n',
  [`charts/${name}/templates/config.yaml`]:
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  x: {{ include "x" . | quote }}\n',
})

const files = {
  'base/kustomization.yaml': 'resources: [config.yaml]\n',
  'base/config.yaml': value('base 1'),
  'overlays/a/kustomization.yaml': overlay('a', '../../base'),
  'overlays/b/kustomization.yaml': overlay('b', '../../base'),
  ...chart('web'),
  ...chart('api'),
  'charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
  'charts/lib/templates/_x.tpl': '{{ define "x" }}{{ .Values.x }} by 1{{ end }}',
  'values/prod.yaml': 'x: prod 1\n',
  'values/other.yaml': 'x: never\n',
  'docs/readme.md': 'one',
}

async function addWorkflow(
  { installation, operator }: Stage,
  project: Project,
  name: string,
  request: Partial<WorkflowRequest>,
) {
  const id = `${project.id}-${name}`
  await operator.createWorkflow({
    id,
    repository: project.id,
    auto_sync: true,
    destination: { namespace: project.namespace },
    ...request,
  })
  return watchProject(installation, { ...project, id })
}

/** Every revision that was planned, or could not be, in order. */
async function planned({ events }: Project): Promise<readonly string[]> {
  return (await events()).flatMap(({ type, data }) =>
    type === 'PlanMade' || type === 'PlanFailed' ? [data.revision ?? ''] : [],
  )
}

/** Waits until the poller has seen a commit at the head of the branch. */
async function untilObserved({ sourceEvents }: Project, revision: string): Promise<void> {
  const isSeen = async () =>
    (await sourceEvents()).some(({ type, data }) => type === 'RevisionObserved' && data.revision === revision)
  await until(isSeen, { what: `${revision} is observed`, timeoutMs: patienceMs })
}

test('a commit is planned by whoever renders what it changes, and by nobody else', async () => {
  await using stage = await openStage()
  const { installation, git, cluster } = stage
  const a = await openProject(installation, { git, files, target_path: 'overlays/a' })
  const b = await addWorkflow(stage, a, 'b', { target_path: 'overlays/b' })
  const source = { helm: { release_name: 'web', values_files: ['../../values/prod.yaml'] } }
  const web = await addWorkflow(stage, a, 'web', { target_path: 'charts/web', source })
  const api = await addWorkflow(stage, a, 'api', {
    target_path: 'charts/api',
    source: { helm: { release_name: 'api', values: { x: 'inline' } } },
  })
  const all = [a, b, web, api]
  const x = async (name: string) => (await cluster.get(configMapPath(a.namespace, name)))?.['data']
  await Promise.all(all.map((project) => project.untilSynced(a.first)))
  expect(await Promise.all(['a-app', 'b-app', 'web', 'api'].map(x))).toEqual([
    { x: 'base 1' },
    { x: 'base 1' },
    { x: 'prod 1 by 1' },
    { x: 'inline by 1' },
  ])
  expect((await a.workflow()).applied?.paths).toEqual(['base', 'overlays/a'])
  expect((await web.workflow()).applied?.paths).toEqual(['charts/lib', 'charts/web', 'values/prod.yaml'])

  const docs = await a.push({ 'docs/readme.md': 'two', 'values/other.yaml': 'x: still never\n' })
  await untilObserved(a, docs)
  const base = await a.push({ 'base/config.yaml': value('base 2') })
  await Promise.all([a.untilSynced(base), b.untilSynced(base)])
  expect(await Promise.all(['a-app', 'b-app'].map(x))).toEqual([{ x: 'base 2' }, { x: 'base 2' }])

  const onlyA = await a.push({
    'overlays/a/kustomization.yaml': `${overlay('a', '../../base')}commonAnnotations: {only: a}\n`,
  })
  await a.untilSynced(onlyA)
  const onlyWeb = await a.push({ 'values/prod.yaml': 'x: prod 2\n' })
  await web.untilSynced(onlyWeb)
  expect(await x('web')).toEqual({ x: 'prod 2 by 1' })
  const lib = await a.push({ 'charts/lib/templates/_x.tpl': '{{ define "x" }}{{ .Values.x }} by 2{{ end }}' })
  await Promise.all([web.untilSynced(lib), api.untilSynced(lib)])
  expect(await Promise.all(['web', 'api'].map(x))).toEqual([{ x: 'prod 2 by 2' }, { x: 'inline by 2' }])

  const again = await a.push({
    'base/config.yaml': value('base 3'),
    'charts/lib/values.yaml': 'y: 1\n',
  })
  await Promise.all(all.map((project) => project.untilSynced(again)))
  expect(await planned(a)).toEqual([a.first, base, onlyA, again])
  expect(await planned(b)).toEqual([a.first, base, again])
  expect(await planned(web)).toEqual([a.first, onlyWeb, lib, again])
  expect(await planned(api)).toEqual([a.first, lib, again])
  expect(JSON.stringify(await Promise.all(all.map(({ events }) => events())))).not.toContain(docs)
})

test('a reference that leads nowhere deletes nothing, and what it names mends it', async () => {
  await using stage = await openStage()
  const { installation, git, cluster } = stage
  const project = await openProject(installation, {
    git,
    files,
    target_path: 'overlays/a',
    sync_policy: { auto_prune: true },
  })
  await project.untilSynced(project.first)
  const broken = await project.push({ 'overlays/a/kustomization.yaml': overlay('a', '../../base', '../../more') })
  const failed = await project.untilEvent('PlanFailed', ({ revision }) => revision === broken)
  expect(failed.faults).toMatchObject([
    { where: 'overlays/a/kustomization.yaml:4', because: 'there is nothing at more in the repository' },
  ])
  expect(failed.paths).toEqual(['base', 'more', 'overlays/a'])
  expect(await cluster.get(configMapPath(project.namespace, 'a-app'))).toBeDefined()
  await untilObserved(project, await project.push({ 'docs/readme.md': 'three' }))
  const mended = await project.push({
    'more/kustomization.yaml': 'resources: [deeper]\n',
    'more/deeper/kustomization.yaml': 'resources: [more.yaml]\n',
    'more/deeper/more.yaml': documents(configMap('more', { x: '1' })),
  })
  await project.untilSynced(mended)
  expect(await cluster.get(configMapPath(project.namespace, 'a-more'))).toMatchObject({ data: { x: '1' } })
  expect((await project.workflow()).applied?.paths).toEqual(['base', 'more', 'overlays/a'])
  expect(await planned(project)).toEqual([project.first, broken, mended])
})
