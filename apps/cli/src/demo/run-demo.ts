import type { WatchWorkflowResponse } from '@plimsoll/proto'
import { CliError } from '../cli-error.ts'
import { connect, type Connection } from '../client.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { painter } from '../output/colours.ts'
import { clusterText } from './cluster-text.ts'
import { shopId, type Shop } from './open-shop.ts'

export type DemoOptions = {
  readonly io: Io
  readonly shop: Shop
  readonly kubeconfig: string
  readonly logFile: string
  /** Runs a command of the command line client; answers its exit code. */
  readonly plimsoll: (words: readonly string[], io: Io) => Promise<number>
  readonly signal: AbortSignal
}

/** One step of the demo at a time, as a person would type it. */
type Stage = {
  readonly say: (text: string) => void
  /** Runs a command that is to end with 0. `input` is the file that it reads from, and what is in it. */
  readonly show: (line: string, input?: { readonly file: string; readonly text: string }) => Promise<void>
  readonly push: () => Promise<string>
}

const patienceMs = 120_000

/** Shows the way of two commits into the cluster, by the commands that a user would type. Throws when a step fails. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { io, shop, kubeconfig, signal } = options
  const { say, show, push } = openStage(options)
  await using connection = await connect(io, {})
  const before = await connection.system.getSystemStatus({})

  if (before.autoSync) {
    say('Auto-sync is on from the last time: off with it, to see each step')
    await show('auto-sync stop')
  }
  say('A web shop in Git, served over HTTP: a Namespace, a ConfigMap, a Service and a Deployment')
  await push()
  const input = { file: shop.tokenFile, text: shop.token }
  await show(`repo add ${shop.url} --id ${shopId} --poll-interval 2s --token-stdin`, input)
  await show(
    `workflow create --id ${shopId} --repo ${shopId} --path k8s --namespace ${shopId} --auto-sync --auto-prune`,
  )

  say('What would change in the cluster?')
  await show(`diff ${shopId}`)

  say('Do it, and wait until it is healthy')
  await show(`sync ${shopId}`)
  await show(`status ${shopId}`)

  say('From now on, apply new commits without asking')
  await show('auto-sync start')
  const second = await push()
  io.err('waiting for it to arrive …\n')
  await untilSynced(connection, second, signal)
  await show(`status ${shopId}`)

  say('What is in the cluster now, as its API server tells it')
  io.out(await clusterText(kubeconfig, shopId, io))

  say('What happened, as the log has it')
  await show(`events --from ${before.position + 1n}`)
}

function openStage({ io, shop, plimsoll, logFile, signal }: DemoOptions): Stage {
  const paint = painter(io)
  const failed = (where: string, because: string) =>
    new CliError({
      what: 'A step of the demo failed',
      where,
      because,
      try: `Look at what it said above, and into ${logFile}; then start again: all state is kept.`,
    })
  return {
    say: (text) => io.out(`\n${paint('bold', `# ${text}`)}\n`),
    async show(line, input) {
      io.out(`\n${paint('cyan', `$ plimsoll ${line}${input === undefined ? '' : ` < ${input.file}`}`)}\n`)
      const ownIo = input === undefined ? io : { ...io, readStdin: () => Promise.resolve(input.text) }
      const code = await orStopped(plimsoll(line.split(' '), ownIo), signal)
      // A diff that finds changes ends with 1.
      if (code !== 0 && !(code === 1 && line.startsWith('diff '))) {
        throw failed(`plimsoll ${line}`, `it ended with exit code ${code}`)
      }
    },
    async push() {
      const { revision, message, changes } = await orStopped(shop.push(), signal)
      io.out(`\n${paint('cyan', '$ git push')}\n${revision.slice(0, 10)} ${message}\n`)
      for (const line of changes) io.out(`  ${paint(line.startsWith('-') ? 'red' : 'green', cleanLine(line))}\n`)
      return revision
    },
  }
}

/** The end of the demo does not wait for what was going on. */
async function orStopped<Result>(going: Promise<Result>, signal: AbortSignal): Promise<Result> {
  going.catch(() => {})
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason as Error)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([going, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Follows the workflow until it is synced at a revision. Throws when that revision fails, or takes too long. */
async function untilSynced({ gitops }: Connection, revision: string, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(patienceMs)
  const changes = gitops.watchWorkflow({ workflowId: shopId }, { signal: AbortSignal.any([signal, patience]) })
  const because = await failureOf(changes, revision).catch((error: unknown) => {
    signal.throwIfAborted()
    if (patience.aborted) return `it was not synced within ${patienceMs / 1_000} s`
    throw error
  })
  if (because === undefined) return
  throw new CliError({
    what: 'Auto-sync did not apply the second commit',
    where: `${shopId} ${revision}`,
    because,
    try: `Start again, and look at \`plimsoll status ${shopId}\` and \`plimsoll doctor\` meanwhile: all state is kept.`,
  })
}

/** Why the revision is not synced; undefined once it is. */
async function failureOf(changes: AsyncIterable<WatchWorkflowResponse>, revision: string): Promise<string | undefined> {
  for await (const { workflow } of changes) {
    const last = workflow?.lastSyncResult
    if (last?.commitHash === revision && last.status === 'failed') return last.message
    if (workflow?.status === 'synced' && workflow.revision === revision) return undefined
  }
  return 'the server ended the watch'
}
