import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findTool, knownTools, oldestGo, type ToolName } from '@plimsoll/embedded'
import { fail, ok, warn, type Check } from './check.ts'

/** Needed only by workflows whose folder is for Kustomize or Helm. */
const renderers: readonly ToolName[] = ['kustomize', 'helm', 'plimsoll-sandbox']
const tools: readonly ToolName[] = ['nats-server', 'etcd', 'kube-apiserver', 'kube-controller-manager', ...renderers]

/** What `plimsoll up` needs of this machine. */
export async function checkMachine(env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  const [git, programs] = await Promise.all([checkGit(env), checkPrograms(env)])
  return [checkNode(), git, ...programs]
}

function checkNode(): Check {
  const { node } = process.versions
  return Number(node.split('.')[0]) >= 26
    ? ok('node', node)
    : fail('node', `${node} is too old`, 'Run `npm ci`, which brings Node 26, and start by `npx plimsoll`.')
}

async function checkGit(env: NodeJS.ProcessEnv): Promise<Check> {
  const version = await output('git', ['--version'], env)
  return version === undefined
    ? warn('git', 'not found: the demo and repositories on this disk need it', 'Install git.')
    : ok('git', version.replace(/^git version /, ''))
}

/** The servers, and the Go that builds those that are nowhere. */
async function checkPrograms(env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  const [go, ...found] = await Promise.all([
    output('go', ['env', 'GOVERSION'], env),
    ...tools.map((name) => findTool(name, env).catch((error: Error) => ({ looked: [error.message] }))),
  ])
  const [version = 0, minor = 0] = (go ?? '').replace(/^go/, '').split('.').map(Number)
  const [oldest = 0, oldestMinor = 0] = oldestGo.split('.').map(Number)
  const builds = go !== undefined && (version > oldest || (version === oldest && minor >= oldestMinor))
  const missing = tools.filter((_, index) => !('path' in (found[index] ?? {})))
  const checks = tools.map((name, index): Check => {
    const tool = found[index]
    if (tool !== undefined && 'path' in tool) return ok(name, `${tool.version} (${tool.source}: ${tool.path})`)
    const instead = knownTools[name].instead ?? 'put it on PATH'
    if (renderers.includes(name) && builds)
      return ok(name, 'not there yet; it is built once, when a workflow first needs it')
    return builds
      ? warn(name, 'not there yet', `Nothing: \`plimsoll up\` builds it once, in some minutes. Or ${instead}.`)
      : warn(name, 'not found', `Install Go ${oldestGo} or newer, which builds it. Or ${instead}.`)
  })
  return [goCheck(go, builds, missing.length > 0), ...checks]
}

function goCheck(go: string | undefined, builds: boolean, needed: boolean): Check {
  if (builds) return ok('go', go ?? '')
  const message = go === undefined ? 'not found' : `${go} is older than ${oldestGo}`
  if (!needed) return ok('go', `${message}; not needed: what it would build is there`)
  return warn('go', `${message}: what is missing below cannot be built`, `Install Go ${oldestGo} or newer.`)
}

async function output(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return promisify(execFile)(file, [...args], { timeout: 10_000, env }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
