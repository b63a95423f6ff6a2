import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMapPath, deploymentPath } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const deployment = (name: string, replicas: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: web:1
`

const overlay = {
  'apps/base/kustomization.yaml': 'resources: [web.yaml]\n',
  'apps/base/web.yaml': deployment('web', '1'),
  'apps/production/kustomization.yaml': [
    'resources: [../base]',
    'namePrefix: production-',
    'replicas: [{name: web, count: 2}]',
    'configMapGenerator:',
    '- {name: settings, literals: [colour=red], options: {disableNameSuffixHash: true}}',
  ].join('\n'),
}

const chart = {
  'charts/shop/Chart.yaml': `apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - name: common
    version: 0.1.0
    repository: file://../common
`,
  'charts/shop/values.yaml': 'replicas: 1\ncolour: chart\n',
  'charts/shop/templates/web.yaml': deployment('{{ .Release.Name }}-web', '{{ .Values.replicas }}'),
  'charts/shop/templates/settings.yaml': `{{- if .Capabilities.APIVersions.Has "apps/v1/Deployment" }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  colour: {{ .Values.colour }}
  namespace: {{ .Release.Namespace }}
{{- end }}
`,
  'charts/shop/templates/migrate.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: m, image: m}]
`,
  'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 0.1.0\n',
  'charts/common/templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: common}\n',
  'values/production.yaml': 'colour: production\nreplicas: 3\n',
}

describe.concurrent('what programs render is synced', () => {
  test('an overlay with its base', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: overlay,
      target_path: 'apps/production',
    })
    await project.untilSynced(project.first)
    const { namespace } = project
    expect(await stage.cluster.get(deploymentPath(namespace, 'production-web'))).toMatchObject({
      status: { availableReplicas: 2 },
    })
    expect(await stage.cluster.get(configMapPath(namespace, 'production-settings'))).toMatchObject({
      data: { colour: 'red' },
    })
  })

  test('a chart with a dependency of the repository, a values file and values of the workflow; its hooks are run', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: chart,
      target_path: 'charts/shop',
      source: {
        helm: { release_name: 'rel', values_files: ['../../values/production.yaml'], values: { replicas: 2 } },
      },
    })
    const { namespace } = project
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(deploymentPath(namespace, 'rel-web'))).toMatchObject({
      status: { availableReplicas: 2 },
    })
    expect(await stage.cluster.get(configMapPath(namespace, 'settings'))).toMatchObject({
      data: { colour: 'production', namespace },
    })
    expect(await stage.cluster.get(configMapPath(namespace, 'common'))).toBeDefined()
    expect(await stage.cluster.get(`/apis/batch/v1/namespaces/${namespace}/jobs/migrate`)).toMatchObject({
      status: { succeeded: 1 },
    })
    expect(await project.untilEvent('HookFinished')).toMatchObject({ phase: 'PreSync', hook: 'Job/migrate', ok: true })
    const { summary } = await project.untilEvent('PlanMade')
    expect(summary.warning_count).toBe(0)
  })

  test('a chart that fails to render changes nothing, says where it fails, and is synced when it is mended', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: chart,
      target_path: 'charts/shop',
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const broken = await project.push({
      'charts/shop/templates/settings.yaml': 'apiVersion: v1\nkind: {{ .Values.no.such }}\n',
    })
    const end = await project.untilEnd(broken)
    expect(end).toMatchObject({ data: { stage: 'render' } })
    expect(end.data).toMatchObject({
      faults: [
        {
          where: 'charts/shop/templates/settings.yaml:2',
          because: '<.Values.no.such>: nil pointer evaluating interface {}.such',
        },
      ],
    })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'settings'))).toBeDefined()
    const mended = await project.push({
      'charts/shop/templates/settings.yaml': chart['charts/shop/templates/settings.yaml'],
    })
    await project.untilSynced(mended)
  })

  test.each<readonly [string, Readonly<Record<string, string>>, string, string]>([
    [
      'a base on a network',
      { 'o/kustomization.yaml': 'resources:\n- https://github.com/org/repo//base?ref=v1\n' },
      'o/kustomization.yaml:2',
      '"https://github.com/org/repo//base?ref=v1" would be fetched from a network, which a render has none of',
    ],
    [
      'a dependency on a network',
      {
        'o/Chart.yaml':
          'apiVersion: v2\nname: o\nversion: 0.1.0\ndependencies:\n- name: redis\n  version: 17.x\n  repository: https://charts.example.com\n',
      },
      'o/Chart.yaml:5',
      'the dependency redis 17.x of https://charts.example.com is not in charts/, and a render has no network',
    ],
  ])('%s is refused with file, line and what to do', async (_what, files, where, because) => {
    const project = await openProject(stage.installation, { git: stage.git, files, target_path: 'o' })
    const { data } = await project.untilEnd(project.first)
    expect(data).toMatchObject({ faults: [{ where, because, try: expect.stringContaining('commit') as string }] })
  })
})
