import { createServer } from 'node:http'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code, ConnectError, type Client } from '@connectrpc/connect'
import { cancelSync } from '@plimsoll/domain'
import { createToken } from '@plimsoll/event-log'
import type { GitOpsService, WatchHookOutputResponse } from '@plimsoll/proto'
import {
  cluster,
  freshNamespace,
  gitHttpServer,
  until,
  untilMay,
  type Cluster,
  type GitHttpServer,
} from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingStored, formsOf } from './everything-stored.ts'
import { openGitOpsClient } from './gitops-client.ts'
import { openInstallation, type Installation } from './installation.ts'
import { configMap, configMapPath, deployment, documents } from './manifests.ts'
import { operatorOf } from './operator.ts'
import { openProject, patienceMs, type Project } from './project.ts'
import { runCli } from './run-cli.ts'
import { startService, type ServiceName, type ServiceProcess } from './service-process.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let api: ServiceProcess
let syncer: ServiceProcess
let gitops: Client<typeof GitOpsService>
let git: GitHttpServer
let view: Cluster
/** What the operator lets commands reach: a server of this test. */
let allowed: string

const start = (name: ServiceName) =>
  startService(installation, name, {
    PLIMSOLL_API_PORT: '0',
    PLIMSOLL_LEASE_MS: '18000',
    PLIMSOLL_HOOK_COMMANDS: 'true',
    PLIMSOLL_HOOK_HOSTS: allowed,
  })

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  git = stack.use(await gitHttpServer())
  view = stack.use(cluster())
  const server = createServer((_request, response) => response.end('it is well'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => void server.close())
  allowed = `app.localhost:${(server.address() as { readonly port: number }).port}`
  await operatorOf(installation).startAutoSync()
  const others = ['projection', 'poller', 'differ', 'rollback'] as const
  const [served, first] = await Promise.all([
    start('api'),
    start('syncer'),
    ...others.map(async (name) => stack.use(await start(name))),
  ])
  api = stack.use(served)
  syncer = first
  gitops = await openGitOpsClient(installation, api)
})
afterAll(async () => {
  await syncer[Symbol.asyncDispose]()
  await stack.disposeAsync()
})

/** An account that may do all in its namespace, but look at Secrets of others. */
async function deployer(): Promise<string> {
  const namespace = await freshNamespace()
  const rbac = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: 'deployer', namespace }
  await view.apply(`/api/v1/namespaces/${namespace}/serviceaccounts/deployer`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
  })
  await view.apply(`/apis/${rbac}/namespaces/${namespace}/rolebindings/deployer`, {
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
  })
  await untilMay(`${namespace}/deployer`, [{ namespace, verb: 'create', resource: 'configmaps' }])
  return namespace
}

type Commands = {
  readonly rollBack?: boolean
  readonly autoSync?: boolean
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  readonly timeout?: string
}

async function project(
  files: Readonly<Record<string, string>>,
  { before = [], after = [], timeout = '2m', autoSync = true, rollBack = false }: Commands,
): Promise<Project> {
  const namespace = await deployer()
  const opened = await openProject(installation, {
    git,
    files,
    auto_sync: autoSync,
    rollback_on_failure: rollBack,
    destination: { namespace, service_account: 'deployer' },
    sync_policy: { pre_sync_hooks: before, post_sync_hooks: after, hook_timeout: timeout },
  })
  return { ...opened, namespace }
}

async function finished(of: Project) {
  return (await of.events()).flatMap((event) => (event.type === 'HookFinished' ? [event.data] : []))
}

async function logs(workflowId: string): Promise<string> {
  let text = ''
  for await (const { item } of gitops.watchHookOutput({ workflowId })) if (item.case === 'text') text += item.value.text
  return text
}

/** What the hooks of a workflow show from now on, until it is disposed. */
async function looking(workflowId: string): Promise<AsyncDisposable & { readonly text: () => string }> {
  const end = new AbortController()
  const begun = Promise.withResolvers<void>()
  let text = ''
  const hear = ({ item }: WatchHookOutputResponse) => {
    if (item.case === 'bookmark') begun.resolve()
    if (item.case === 'text') text += item.value.text
  }
  const watching = (async () => {
    const request = { workflowId, follow: true, onlyNew: true }
    for await (const answer of gitops.watchHookOutput(request, { signal: end.signal })) hear(answer)
  })().catch((error: unknown) => {
    if (!(error instanceof ConnectError) || error.code !== Code.Canceled) throw error
  })
  await Promise.race([begun.promise, watching])
  return {
    text: () => text,
    async [Symbol.asyncDispose]() {
      end.abort()
      await watching
    },
  }
}

/** The processes of this machine with a word in their command line, whatever namespace they are in. */
function processesWith(word: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

test(
  'commands run before and after, as the workflow, and what they write can be read',
  { timeout: 300_000 },
  async () => {
    const web = await project(
      { 'all.yaml': documents(deployment('app')) },
      {
        before: [
          `kubectl get deployment app || kubectl create configmap was-first`,
          'kubectl auth whoami -o name || true',
        ],
        after: ['kubectl rollout status deployment/app', `curl -sS --noproxy '' -f http://${allowed}/health`],
      },
    )
    await web.untilSynced(web.first)
    expect(await view.get(configMapPath(web.namespace, 'was-first'))).toBeDefined()
    const hooks = await finished(web)
    expect(hooks.map(({ phase, hook, ok }) => `${phase} ${hook} ${ok}`)).toEqual([
      'PreSync pre_sync_hooks[0] true',
      'PreSync pre_sync_hooks[1] true',
      'PostSync post_sync_hooks[0] true',
      'PostSync post_sync_hooks[1] true',
    ])
    const text = await logs(web.id)
    for (const part of ['configmap/was-first created', 'successfully rolled out', 'it is well'])
      expect(text).toContain(part)
  },
)

test(
  'a command that fails fails the sync, with the end of what it said, and nothing of a Secret is kept',
  { timeout: 300_000 },
  async () => {
    const canary = 'canary-of-a-hook-51c7'
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password: canary } }
    const web = await project(
      { 'all.yaml': documents(configMap('settings', { a: 'b' }), secret) },
      {
        after: [
          'kubectl get secret login -o jsonpath={.data.password} | base64 -d; cat $KUBECONFIG; echo; echo so it is; exit 7',
        ],
      },
    )
    const end = await web.untilEnd(web.first)
    expect(end).toMatchObject({
      type: 'SyncFailed',
      data: {
        stage: 'hook',
        faults: [
          {
            where: `sync_policy.post_sync_hooks[0] of workflow ${web.id}`,
            because: expect.stringMatching(/^it ended with exit code 7: …[^]*so it is$/) as string,
          },
        ],
      },
    })
    expect(await logs(web.id)).toMatch(/^\*\*\*\{[^]*"token":"\*\*\*"[^]*so it is\n$/)
    const places = await everythingStored(installation)
    for (const [place, text] of places)
      for (const form of formsOf(canary)) expect([place, text.includes(form)]).toEqual([place, false])
    expect(syncer.output()).not.toContain(canary)
  },
)

test(
  'a command that is cancelled, or that takes too long, ends with all that it started',
  { timeout: 300_000 },
  async () => {
    const busy = (mark: string) =>
      `echo begun; setsid sleep 600 ${mark} & sleep 600 ${mark}`.replaceAll(` ${mark}`, `; : ${mark}`)
    const mark = `mark-${process.pid}`
    const slow = await project(
      { 'a.yaml': documents(configMap('a', { x: '1' })) },
      { before: [busy(`${mark}-slow`)], timeout: '3s' },
    )
    expect(await slow.untilEnd(slow.first)).toMatchObject({
      data: { stage: 'hook', faults: [{ because: expect.stringContaining('hook_timeout, 3 s') as string }] },
    })
    await until(() => processesWith(`${mark}-slow`).length === 0, { what: 'all that it started ends' })
    const long = await project({ 'a.yaml': documents(configMap('a', { x: '1' })) }, { before: [busy(`${mark}-long`)] })
    await until(() => processesWith(`${mark}-long`).length > 0, { what: 'the command runs', timeoutMs: patienceMs })
    await operatorOf(installation).decide(long.id, cancelSync('tester', 'enough'))
    const message = 'the sync was stopped while the PreSync hook pre_sync_hooks[0] was running, which was ended'
    expect(await long.untilEnd(long.first)).toMatchObject({
      data: { stage: 'cancelled', message: expect.stringContaining(message) as string },
    })
    await until(() => processesWith(`${mark}-long`).length === 0, { what: 'all that it started ends' })
    expect(await view.get(configMapPath(long.namespace, 'a'))).toBeUndefined()
  },
)

test(
  'when the syncer is killed its commands end, and the next one runs those that are not recorded as ended',
  { timeout: 300_000 },
  async () => {
    const mark = `mark-${process.pid}-killed`
    const once = 'kubectl create configmap "ran-once-$(date +%s%N)" >/dev/null'
    // The first run does not end by itself, however long it takes until it is seen.
    const isFirst = 'test $(kubectl get configmap -o name | grep -c ran-again-) -lt 2'
    const again = `kubectl create configmap "ran-again-$(date +%s%N)" >/dev/null; echo begun; ${isFirst} && sleep 600; : ${mark}; echo over`
    const web = await project(
      { 'a.yaml': documents(configMap('a', { x: '1' })) },
      { before: [once, again], timeout: '10m' },
    )
    await using seen = await looking(web.id)
    await until(() => seen.text().includes('begun') && processesWith(mark).length > 0, {
      what: 'the second command runs',
      timeoutMs: patienceMs,
    })
    syncer.signal('SIGKILL')
    await until(() => processesWith(mark).length === 0, { what: 'its commands end' })
    syncer = await start('syncer')
    await until(() => seen.text().match(/begun/g)?.length === 2, { what: 'it is run again', timeoutMs: patienceMs })
    await web.untilSynced(web.first)
    const maps = await view.list(`/api/v1/namespaces/${web.namespace}/configmaps`)
    const ran = (prefix: string) => maps.filter(({ metadata }) => metadata.name.startsWith(prefix)).length
    expect([ran('ran-once-'), ran('ran-again-')]).toEqual([1, 2])
  },
)

test(
  'a command that finds the new state wrong has it rolled back, and judges what was put back',
  { timeout: 300_000 },
  async () => {
    const files = (greeting: string) => ({ 'a.yaml': documents(configMap('settings', { greeting })) })
    const judge = 'test "$(kubectl get configmap settings -o jsonpath={.data.greeting})" = hello && echo it is good'
    const web = await project(files('hello'), { after: [judge], rollBack: true })
    await web.untilSynced(web.first)
    const second = await web.push(files('goodbye'))
    expect(await web.untilEnd(second)).toMatchObject({ type: 'SyncFailed', data: { stage: 'hook' } })
    const { rollback_id: id } = await web.untilEvent('RollbackSucceeded')
    expect(await view.get(configMapPath(web.namespace, 'settings'))).toMatchObject({ data: { greeting: 'hello' } })
    const ends = (await finished(web)).map(({ sync_id, hook, ok }) => [sync_id === id, hook, ok])
    const hook = 'post_sync_hooks[0]'
    expect(ends).toEqual([
      [false, hook, true],
      [false, hook, false],
      [true, hook, true],
    ])
  },
)

test('whoever asks for a sync sees what its commands write, and can read it later', { timeout: 300_000 }, async () => {
  const files = { 'a.yaml': documents(configMap('a', { x: '1' })) }
  const commands = { before: ['echo one; sleep 0.2; echo two'], after: ['printf three; exit 4'], autoSync: false }
  const web = await project(files, commands)
  const tokenFile = join(installation.folder, 'token')
  writeFileSync(tokenFile, await createToken(installation.log, 'cli', 'admin'))
  const [, url = ''] = /"url":"([^"]+)"/.exec(api.output()) ?? []
  const env = { PLIMSOLL_SERVER: url, PLIMSOLL_TOKEN_FILE: tokenFile }
  const synced = await runCli(['sync', web.id], env)
  expect(synced).toMatchObject({ code: 1 })
  const wanted = [
    'pre_sync_hooks[0] | one',
    'pre_sync_hooks[0] | two',
    'pre_sync_hooks[0] | ended well after 0.0 s',
    'post_sync_hooks[0] | three',
    'post_sync_hooks[0] | failed after 0.0 s: it ended with exit code 4: three',
  ]
  // What they wait for meanwhile is told in between.
  const lines = synced.err.replaceAll(/\d+\.\d s/g, '0.0 s').split('\n')
  expect(lines.filter((line) => wanted.includes(line))).toEqual(wanted)
  expect(synced.err).toContain('error: the command "printf three; exit 4" failed')
  const read = await runCli(['logs', web.id], env)
  expect(read.out).toMatch(/^pre_sync_hooks\[0\] \| one\n[^]*\npost_sync_hooks\[0\] \| failed after .*: three\n$/)
  const { sync_id: syncId = '' } = (await finished(web))[0] ?? {}
  expect((await runCli(['logs', web.id, '--sync', syncId, '-o', 'json'], env)).out).toContain('"text":"one\\ntwo\\n"')
})

test('a workflow without an identity is told so in its plan', { timeout: 300_000 }, async () => {
  const web = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    sync_policy: { pre_sync_hooks: ['kubectl cluster-info'] },
  })
  expect(await web.untilEvent('PlanFailed')).toMatchObject({
    faults: [{ what: 'the command "kubectl cluster-info" is not run', try: 'set destination.service_account' }],
  })
})
