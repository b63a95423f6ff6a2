import { createServer } from 'node:http'
import { once } from 'node:events'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { freshNamespace, testEnvironment, until } from '@plimsoll/harness'
import { apply, openCluster, remove, type Cluster } from '@plimsoll/kubernetes'
import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandTools, startCommand, users } from '../../test/commands.ts'
import { processesWith } from '../../test/processes.ts'
import type { CommandEnd } from './run-command.ts'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
const canary = 'canary-7f3a-of-a-Secret'

let cluster: Cluster
let namespace: string
let tools: Awaited<ReturnType<typeof commandTools>>
beforeAll(async () => {
  tools = await commandTools()
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  namespace = await freshNamespace()
  for (const object of setting()) await apply(cluster, object)
})
afterAll(async () => {
  await remove(cluster, { apiVersion: 'v1', kind: 'Namespace', name: namespace }, {})
  await cluster[Symbol.asyncDispose]()
  tools[Symbol.dispose]()
})

/** An account that may look at Deployments, and a Secret that it may not. */
function setting(): readonly KubernetesObject[] {
  const metadata = (name: string) => ({ name, namespace })
  const rbac = 'rbac.authorization.k8s.io'
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('deployer') },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: metadata('looker'),
      rules: [{ apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: metadata('looker'),
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'looker' },
      subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('app'), stringData: { password: canary } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('app'),
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'app' } },
        template: {
          metadata: { labels: { app: 'app' } },
          spec: { containers: [{ name: 'app', image: 'app:1' }] },
        },
      },
    },
  ]
}

type Options = {
  readonly user?: number | undefined
  readonly hosts?: readonly string[]
  readonly hidden?: readonly string[]
  readonly timeoutMs?: number
  readonly account?: string | null
  readonly enabled?: boolean
  readonly leaseMs?: number
}

function start(command: string, { user, hosts, enabled, leaseMs, account = 'deployer', ...options }: Options = {}) {
  const destination = {
    cluster: 'default',
    namespace,
    create_namespace: false,
    service_account: account === null ? null : { namespace, name: account },
  }
  return startCommand(tools.env, {
    user,
    ...(hosts && { hosts }),
    ...(enabled !== undefined && { enabled }),
    ...(leaseMs !== undefined && { leaseMs }),
    command: { command, config: { id: 'shop', destination }, ...options },
  })
}

async function run(command: string, options: Options = {}): Promise<CommandEnd> {
  await using started = start(command, options)
  const end = await started.end()
  if (typeof end === 'string') throw new Error(end)
  return end
}

describe.each(users)('a command of a service that runs as %s', (_name, user) => {
  test('finds kubectl and helm, an empty home, and nothing else in its environment', async () => {
    const { fault, output } = await run(
      'pwd; ls; env | sort; helm version --short; kubectl version --client | head -1',
      { user },
    )
    expect(fault).toBeUndefined()
    const port = /http_proxy=http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1] ?? ''
    expect(output.replaceAll(port, 'PORT').split('\n')).toEqual([
      '/work',
      'HOME=/work',
      'HTTPS_PROXY=http://127.0.0.1:PORT',
      'HTTP_PROXY=http://127.0.0.1:PORT',
      'KUBECONFIG=/work/.kube/config',
      'LANG=C.UTF-8',
      'NO_PROXY=127.0.0.1,localhost,::1',
      expect.stringMatching(/^PATH=\/programs:/) as string,
      'PLIMSOLL_REVISION=c0ffee',
      'PLIMSOLL_SYNC_ID=sync-1',
      'PLIMSOLL_WORKFLOW=shop',
      'PWD=/work',
      'TMPDIR=/tmp',
      'http_proxy=http://127.0.0.1:PORT',
      'https_proxy=http://127.0.0.1:PORT',
      'no_proxy=127.0.0.1,localhost,::1',
      expect.stringMatching(/^v\d/) as string,
      expect.stringMatching(/^Client Version: v\d/) as string,
      '',
    ])
  })

  test('asks the cluster as its service account, and is told by kubectl what that may not', async () => {
    const rollout = await run('kubectl rollout status deployment/app --timeout=50s', { user })
    expect(rollout.fault).toBeUndefined()
    expect(rollout.output).toContain('successfully rolled out')
    const who = `system:serviceaccount:${namespace}:deployer`
    const secrets = await run(
      'kubectl auth whoami -o jsonpath={.status.userInfo.username}; echo; kubectl get secrets',
      { user },
    )
    expect(secrets.output).toMatch(new RegExp(`^${who}\n`))
    expect(secrets.fault).toMatchObject({
      what: expect.stringMatching(/^the command "kubectl auth whoami .*…" failed$/) as string,
      where: 'sync_policy.pre_sync_hooks[0] of workflow shop',
      because: expect.stringMatching(/^it ended with exit code 1: …/) as string,
    })
    expect(secrets.output).toContain(`User "${who}" cannot list resource "secrets"`)
  })

  test('reads nothing of who runs it: no environment, no file, no process', async () => {
    const paths = [homedir(), repository, testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), '/etc/shadow', '/proc/1/environ']
    const script = `
      for path in ${paths.join(' ')}; do [ -e "$path" ] && echo "saw $path"; done
      cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep canary
      set -- /proc/[0-9]*; [ -e "$1" ] && echo "saw $*"
      kill -9 ${process.pid} 2>/dev/null && echo killed
      kill -9 -1 2>/dev/null; echo over`
    const { output } = await run(script, { user })
    expect(output).toBe('over\n')
    expect(process.kill(process.pid, 0)).toBe(true)
  })

  test('reaches the hosts that the operator allows, and others are refused by name', async () => {
    const server = createServer((_request, response) => response.end('it is well'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const url = `http://app.localhost:${port}/health`
    const reach = `curl -sS --noproxy '' -f ${url}`
    const hosts = [`app.localhost:${port}`]
    const [allowed, refused, direct] = [
      await run(reach, { user, hosts }),
      await run(reach, { user, hosts: ['other.localhost'] }),
      await run(`curl -sS --noproxy '*' -f http://127.0.0.1:${port}`, { user, hosts: ['other.localhost'] }),
    ]
    server.close()
    expect(allowed).toEqual({ output: 'it is well', isOutside: false, durationMs: expect.any(Number) as number })
    expect(refused.fault).toMatchObject({
      because: expect.stringContaining(`it may not reach app.localhost:${port}`) as string,
      try: expect.stringContaining('PLIMSOLL_HOOK_HOSTS') as string,
    })
    expect(direct.output).toMatch(/Failed to connect|Could not connect|Couldn't connect/)
  })

  test('reaches neither Postgres nor NATS of the engine, with or without the proxy', async () => {
    const ports = [testEnvironment('PLIMSOLL_TEST_POSTGRES'), testEnvironment('PLIMSOLL_TEST_NATS')].map(
      (url) => new URL(url).port || '5432',
    )
    const tries = ports.flatMap((port) => [
      `curl -sS -m 5 telnet://127.0.0.1:${port} </dev/null`,
      `curl -sS -f -m 5 --noproxy '' http://127.0.0.1:${port}`,
      `curl -sS -m 5 --noproxy '' -p telnet://127.0.0.1:${port} </dev/null`,
    ])
    const script = tries.map((each) => `${each} >/dev/null 2>&1 && echo reached`).join('\n')
    const { output } = await run(`${script}\ncurl -sS -m 5 --noproxy '' http://127.0.0.1:${ports[0]}`, { user })
    expect(output).not.toContain('reached\n')
    expect(output).toContain(`127.0.0.1:${ports[0]}`)
  })

  test('ends with all that it has started: at its time-out, and when it is cancelled', async () => {
    const mark = `mark-${process.pid}-${user}`
    const busy = (word: string) =>
      `setsid sh -c 'sleep 600; : ${word}' & sh -c 'trap "" TERM; sleep 600; : ${word}'; : ${word}`
    const late = await run(busy(`${mark}-t`), { user, timeoutMs: 3_000 })
    expect(late.fault).toMatchObject({ because: 'it took longer than hook_timeout, 3 s, and was ended' })
    expect(processesWith(`: ${mark}-t'`)).toEqual([])
    await using started = start(`echo begun; ${busy(`${mark}-c`)}`, { user })
    await until(() => started.outputs.length > 0, { what: 'the command has begun', timeoutMs: 100_000 })
    started.child.kill('SIGUSR2')
    expect(await started.end()).toBe('it is cancelled')
    expect(processesWith(`: ${mark}-c'`)).toEqual([])
  })

  test('ends when the service is killed', async () => {
    const mark = `mark-${process.pid}-${user}-k`
    await using started = start(`echo begun; setsid sh -c 'sleep 600; : ${mark}' & sleep 600`, { user })
    await until(() => started.outputs.length > 0, { what: 'the command has begun', timeoutMs: 100_000 })
    started.child.kill('SIGKILL')
    expect(await until(() => processesWith(mark).length === 0, { what: 'its end' })).toBe(true)
  })

  test('ends before the lease of a service that stands still', { timeout: 600_000 }, async () => {
    const mark = `${namespace}-${user}-s`
    await using started = start(`echo begun; setsid sleep 600 & sleep 600; : ${mark}`, { user, leaseMs: 15_000 })
    await until(() => started.outputs.length > 0, { what: 'the command has begun', timeoutMs: 100_000 })
    const others = () => processesWith(mark).filter((pid) => pid !== started.child.pid)
    expect(others()).not.toEqual([])
    started.child.kill('SIGSTOP')
    await until(() => others().length === 0, { what: 'its end', timeoutMs: 100_000 })
    started.child.kill('SIGCONT')
    expect(await started.end()).toContain('workflow-shop')
  })

  test('does not take the machine along: a fork bomb, a flood', { timeout: 600_000 }, async () => {
    const bomb = await run('bomb() { bomb | bomb & }; bomb; sleep 600', { user, timeoutMs: 4_000 })
    expect(bomb.fault?.because).toMatch(/hook_timeout|exit code|memory/)
    const flood = await run('echo first; yes a-line-of-many', { user })
    expect(flood.fault?.because).toMatch(/^it wrote more than 64 MiB, and was ended: …/)
    expect(flood.output.length).toBeLessThan(70_000)
    expect(flood.output).toMatch(
      /^first\na-line-of-many\n[^]*\n\[… \d+ characters are left out …\]\n[^]*a-line-of-many\n/,
    )
  })
})

test('what must not be seen is masked, in what is kept and in what is shown at once', async () => {
  const script = `echo ${canary}; printf %s ${canary} | base64; cat "$KUBECONFIG" | cut -c 1-40
    kubectl config view --raw -o jsonpath={.users}; cat "$KUBECONFIG" | grep -o '"user":{"token.*'
    printf 'canary-7f3a'; sleep 0.3; printf -- '-of-a-Secret\\n'; exit 3`
  await using started = start(script, { hidden: [canary] })
  const end = (await started.end()) as CommandEnd
  const all = [end.output, started.outputs.join(''), JSON.stringify(end.fault)].join('\n')
  expect(all).not.toContain(canary)
  expect(all).not.toContain(btoa(canary).slice(0, 12))
  expect(all).not.toMatch(/eyJ[\w-]{20}/)
  expect(end.output).toMatch(/^\*\*\*\n\*\*\*=*\n/)
  expect(end.output).toMatch(/"token":"\*\*\*"[^]*"token":"\*\*\*"[^]*\n\*\*\*\n$/)
  expect(end.fault?.because).toContain('it ended with exit code 3: …')
})

test('what goes to standard output and to standard error stays in its order', async () => {
  const { output } = await run('for i in 1 2 3 4; do echo out $i; echo err $i >&2; done; nonsense')
  expect(output.split('\n').slice(0, 8)).toEqual([1, 2, 3, 4].flatMap((i) => [`out ${i}`, `err ${i}`]))
  expect(output).toContain('/bin/sh: 1: nonsense: not found')
})

test('what cannot be run is said, with what to do', async () => {
  const told = async (options: Options) => {
    const { fault, isOutside } = await run('true', options)
    expect(isOutside).toBe(true)
    return fault
  }
  expect(await told({ enabled: false })).toEqual({
    what: 'the command "true" is not run',
    where: 'sync_policy.pre_sync_hooks[0] of workflow shop',
    because: 'commands are switched off in this installation',
    try: expect.stringContaining('PLIMSOLL_HOOK_COMMANDS=true') as string,
  })
  expect(await told({ account: null })).toMatchObject({ try: 'set destination.service_account' })
  expect(await told({ account: 'nobody' })).toMatchObject({
    because: expect.stringContaining('serviceaccounts "nobody" not found') as string,
    try: expect.stringContaining(`kubectl create serviceaccount nobody --namespace=${namespace}`) as string,
  })
})

test('the commands of the examples end honestly', async () => {
  const info = await run('kubectl cluster-info')
  expect(info).toMatchObject({
    output: expect.stringContaining('cannot list resource "services"') as string,
    fault: { what: 'the command "kubectl cluster-info" failed' },
  })
  await using _right = await listingServices()
  expect(await run('kubectl cluster-info')).toEqual({
    output: expect.stringContaining('Kubernetes control plane') as string,
    isOutside: false,
    durationMs: expect.any(Number) as number,
  })
  const update = await run('helm repo update')
  expect(update).toMatchObject({
    output: expect.stringMatching(/no repositories found/) as string,
    fault: { because: expect.stringContaining('no repositories found') as string },
  })
  const health = await run('curl -f http://app/health')
  expect(health.fault).toMatchObject({ because: expect.stringContaining('it may not reach app:80') as string })
})

/** Lets the account list Services where `kubectl cluster-info` looks for them, until it is disposed. */
async function listingServices(): Promise<AsyncDisposable> {
  const [rbac, name] = ['rbac.authorization.k8s.io', `plimsoll-${namespace}`]
  const metadata = { name, namespace: 'kube-system' }
  const role = { apiVersion: `${rbac}/v1`, kind: 'Role', metadata }
  const binding = { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata }
  await apply(cluster, { ...role, rules: [{ apiGroups: [''], resources: ['services'], verbs: ['list'] }] })
  const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace }]
  await apply(cluster, { ...binding, roleRef: { apiGroup: rbac, kind: 'Role', name }, subjects })
  return {
    async [Symbol.asyncDispose]() {
      for (const object of [binding, role]) await remove(cluster, refOf(object), {})
    },
  }
}
