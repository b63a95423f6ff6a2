import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { connect, findClientFile, type ServerOptions } from '../client.ts'
import type { Io } from '../io.ts'
import { troublesOf } from '../output/troubles.ts'

export type Check = {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do; empty when nothing is. */
  readonly try: string
}

/** Looks at each part: this machine first, then the server and what it stands on. */
export async function runChecks(io: Io, options: ServerOptions): Promise<Check[]> {
  return [nodeCheck(), await goCheck(), await gitCheck(), await stateCheck(io), ...(await serverChecks(io, options))]
}

function ok(name: string, message: string): Check {
  return { name, state: 'ok', message, try: '' }
}

function nodeCheck(): Check {
  const { node } = process.versions
  return Number(node.split('.')[0]) >= 26
    ? ok('node', node)
    : {
        name: 'node',
        state: 'fail',
        message: `${node} is too old`,
        try: 'Run `npm ci`, which brings Node 26, and start by `npx plimsoll`.',
      }
}

async function goCheck(): Promise<Check> {
  const version = await output('go', ['env', 'GOVERSION'])
  if (version !== undefined) return ok('go', version)
  const remedy =
    'Install Go 1.26, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kubectl and nats-server, or use --kubeconfig and --nats.'
  return { name: 'go', state: 'warn', message: 'not found: tools that are not cached cannot be built', try: remedy }
}

async function gitCheck(): Promise<Check> {
  const version = await output('git', ['--version'])
  return version === undefined
    ? { name: 'git', state: 'warn', message: 'not found: only the demo needs it', try: 'Install git to run the demo.' }
    : ok('git', version.replace(/^git version /, ''))
}

async function stateCheck({ cwd }: Io): Promise<Check> {
  const found = await findClientFile(cwd).catch(() => undefined)
  const folder = found === undefined ? join(resolve(cwd), '.plimsoll') : dirname(found.path)
  const status = await stat(folder).catch(() => undefined)
  if (status === undefined)
    return {
      name: 'state folder',
      state: 'warn',
      message: `${folder} does not exist`,
      try: 'Start `plimsoll up`, which makes it.',
    }
  if ((status.mode & 0o077) !== 0)
    return {
      name: 'state folder',
      state: 'fail',
      message: `${folder} is open to other users`,
      try: `chmod 700 ${folder}`,
    }
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  return writable
    ? ok('state folder', folder)
    : {
        name: 'state folder',
        state: 'fail',
        message: `${folder} cannot be written`,
        try: `Make it yours: sudo chown -R "$USER" ${folder}`,
      }
}

async function serverChecks(io: Io, options: ServerOptions): Promise<Check[]> {
  try {
    using connection = await connect(io, options)
    const { server } = connection.address
    try {
      const status = await connection.system.getSystemStatus({}, { timeoutMs: 10_000 })
      return [
        ok('api', `${server}, version ${status.version}, log at position ${status.position}`),
        ok('token', `known as ${status.actor}`),
        ok('auto-sync', status.autoSync ? 'started' : 'stopped'),
        ...status.parts.map(({ name, ok: good, message }): Check =>
          good ? ok(name, message) : { name, state: 'fail', message, try: remedyFor(name) },
        ),
      ]
    } catch (error) {
      const [trouble] = troublesOf(error, server)
      const name = trouble?.where === 'authorization' ? 'token' : 'api'
      return [{ name, state: 'fail', message: `${server}: ${trouble?.because ?? ''}`, try: trouble?.try ?? '' }]
    }
  } catch (error) {
    const [trouble] = troublesOf(error, '')
    return [
      { name: 'server', state: 'fail', message: `${trouble?.what}: ${trouble?.because}`, try: trouble?.try ?? '' },
    ]
  }
}

function remedyFor(name: string): string {
  if (name === 'jetstream') return 'Start nats-server again; nothing is lost, the log is in Postgres.'
  if (name.startsWith('cluster/'))
    return 'Check with `kubectl --kubeconfig … get --raw /readyz` that the API server answers.'
  return 'Look at the log of this service, and start it again.'
}

async function output(file: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(file, [...args], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
