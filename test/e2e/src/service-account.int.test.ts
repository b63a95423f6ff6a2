import { randomBytes } from 'node:crypto'
import { freshNamespace, until, untilMay, type Cluster } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planBodyOf } from './plan-body-of.ts'
import {
  configMap,
  configMapPath,
  documents,
  openProject,
  openStage,
  patienceMs,
  secretPath,
  type Project,
  type Stage,
} from './index.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const rbac = 'rbac.authorization.k8s.io'
const all = ['get', 'list', 'watch', 'create', 'patch', 'delete']

type Rule = {
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
}

/** Lets a service account do something in a namespace. */
async function grant(view: Cluster, account: string, namespace: string, rules: readonly Rule[]): Promise<void> {
  const [of = '', name = ''] = account.split('/')
  const metadata = { name: `${of}-${name}` }
  await view.apply(`/apis/${rbac}/v1/namespaces/${namespace}/roles/${metadata.name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata,
    rules: rules.map((rule) => ({ apiGroups: [''], ...rule })),
  })
  await view.apply(`/apis/${rbac}/v1/namespaces/${namespace}/rolebindings/${metadata.name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: of, name }],
  })
  for (const resource of ['configmaps', 'secrets']) {
    const may = (verb: string) => rules.some((rule) => rule.resources.includes(resource) && rule.verbs.includes(verb))
    const { granted = [], taken = [] } = Object.groupBy(all, (verb) => (may(verb) ? 'granted' : 'taken'))
    const rights = (verbs: readonly string[]) => verbs.map((verb) => ({ namespace, verb, resource }))
    await untilMay(account, rights(granted))
    await untilMay(account, rights(taken), false)
  }
}

/** A namespace with an account of its own that may do all with its ConfigMaps. */
async function tenant(): Promise<{ readonly namespace: string; readonly account: string }> {
  const namespace = await freshNamespace()
  const account = `${namespace}/deployer`
  await grant(stage.cluster, account, namespace, [{ resources: ['configmaps'], verbs: all }])
  return { namespace, account }
}

const files = (x: string) => ({ 'a.yaml': documents(configMap('a', { x })) })
const open = (namespace: string, account: string, given: Parameters<typeof files>[0] | object = '1') =>
  openProject(stage.installation, {
    git: stage.git,
    files: typeof given === 'string' ? files(given) : (given as ReturnType<typeof files>),
    sync_policy: { auto_prune: true },
    destination: { namespace, service_account: account },
  })

test('two workflows with accounts of their own each write where theirs may, and nowhere else', async () => {
  const [one, two] = await Promise.all([tenant(), tenant()])
  const [own, strange] = await Promise.all([open(one.namespace, one.account), open(two.namespace, one.account)])
  await own.untilSynced(own.first)
  expect(await stage.cluster.get(configMapPath(one.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  const refused = await strange.untilEnd(strange.first)
  expect(refused.type).not.toBe('SyncSucceeded')
  expect(refused.data.message).toContain(`system:serviceaccount:${one.namespace}:deployer`)
  expect(refused.data.message).toMatch(/cannot (get|patch|create) resource "configmaps"/)
  expect(await stage.cluster.get(configMapPath(two.namespace, 'a'))).toBeUndefined()
  // Who may, goes on: an update, a prune, and a look at health, all as the account.
  const more = await own.push({ 'a.yaml': documents(configMap('b', { x: '2' })) })
  await own.untilSynced(more)
  expect(await stage.cluster.get(configMapPath(one.namespace, 'a'))).toBeUndefined()
  expect(await stage.cluster.get(configMapPath(one.namespace, 'b'))).toMatchObject({ data: { x: '2' } })
})

test('a right that is taken away ends the next sync, and one that is given back lets it pass', async () => {
  const { namespace, account } = await tenant()
  const project = await open(namespace, account)
  await project.untilSynced(project.first)
  await grant(stage.cluster, account, namespace, [{ resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }])
  const second = await project.push(files('2'))
  const refused = await project.untilEnd(second)
  expect(refused.type).not.toBe('SyncSucceeded')
  expect(refused.data.message).toMatch(/cannot patch resource "configmaps"/)
  expect(refused.data.message).toContain(account.replace('/', ':'))
  await grant(stage.cluster, account, namespace, [{ resources: ['configmaps'], verbs: all }])
  await project.untilSynced(await project.push(files('3')))
  expect(await stage.cluster.get(configMapPath(namespace, 'a'))).toMatchObject({ data: { x: '3' } })
})

test('what the engine may read and the account may not is in no plan', async () => {
  const { namespace, account } = await tenant()
  const canary = `canary-${randomBytes(6).toString('hex')}`
  const secret = (value: string) => ({
    'secret.yaml': documents({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { value } }),
    ...files('1'),
  })
  const all_ = [{ resources: ['configmaps', 'secrets'], verbs: all }]
  await grant(stage.cluster, account, namespace, all_)
  const project = await open(namespace, account, secret(canary))
  await project.untilSynced(project.first)
  expect(await stage.cluster.get(secretPath(namespace, 's'))).toBeDefined()
  await grant(stage.cluster, account, namespace, [{ resources: ['configmaps'], verbs: all }])
  const second = await project.push(secret('other'))
  const refused = await project.untilEnd(second)
  expect(refused.type).not.toBe('SyncSucceeded')
  expect(refused.data.message).toMatch(/cannot get resource "secrets"/)
  expect(await told(project)).not.toContain(canary)
  expect(await told(project)).not.toContain(Buffer.from(canary).toString('base64'))
})

test('an account of another namespace may be named, whatever the workflow may touch', async () => {
  const [home, target] = await Promise.all([tenant(), tenant()])
  await grant(stage.cluster, home.account, target.namespace, [{ resources: ['configmaps'], verbs: all }])
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: files('1'),
    allow: { namespaces: [target.namespace] },
    destination: { namespace: target.namespace, service_account: home.account },
  })
  await project.untilSynced(project.first)
  expect(await stage.cluster.get(configMapPath(target.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
})

test('objects are let go as the account, too', async () => {
  const { namespace, account } = await tenant()
  const project = await open(namespace, account)
  await project.untilSynced(project.first)
  await stage.operator.deleteWorkflow(project.id, { cascade: true })
  expect(await project.untilEvent('WorkflowReleased')).toEqual({ deleted: 1, kept: [] })
  const gone = async () => (await stage.cluster.get(configMapPath(namespace, 'a'))) === undefined
  await until(gone, { what: 'the object is deleted', timeoutMs: patienceMs })
})

/** All that the log says of a workflow, and every plan that anybody can read. */
async function told(project: Project): Promise<string> {
  const events = await project.events()
  const plans = await Promise.all(
    events.flatMap((event) => (event.type === 'PlanMade' ? [planBodyOf(stage.installation, event.data.plan)] : [])),
  )
  return JSON.stringify([events, plans])
}
