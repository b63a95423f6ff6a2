import { join } from 'node:path'
import { ensureToken, startApi } from '@plimsoll/api'
import { startDiffer } from '@plimsoll/differ'
import { keptPort } from '@plimsoll/embedded'
import { installationKey } from '@plimsoll/event-log'
import { startPoller } from '@plimsoll/poller'
import { startProjection } from '@plimsoll/projection'
import { startRollback } from '@plimsoll/rollback'
import type { Logger } from '@plimsoll/runtime'
import {
  commandSettings,
  openCommands,
  installationAgeKeys,
  openClusters,
  openCustomHealth,
  openStores,
  readRetention,
  renderHosts,
} from '@plimsoll/service'
import type { ServiceContext } from '@plimsoll/service'
import { startSyncer } from '@plimsoll/syncer'
import { CliError } from '../cli-error.ts'
import type { Parts } from './open-parts.ts'

export type ServicesOptions = {
  /** The state folder. */
  readonly folder: string
  /** Port of the api; without one it is chosen once and kept. */
  readonly port?: number | undefined
  /** The context of the kubeconfig. */
  readonly context?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Hears what goes on, a line each. */
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

const connectionsToPostgres = 24

/** Starts every service in this process. Disposing ends them, the api first. */
export async function startServices(
  options: ServicesOptions,
  { postgresUrl, natsUrl, kubeconfig, embedded }: Parts,
): Promise<AsyncDisposable & { readonly url: string }> {
  await using stack = new AsyncDisposableStack()
  const { folder, env, logger, signal } = options
  const natsPrefix = env['PLIMSOLL_NATS_PREFIX']
  const key = await installationKey({ env: env['PLIMSOLL_KEY'], file: env['PLIMSOLL_KEY_FILE'], createIn: folder })
  const stores = stack.use(
    await openStores({
      postgresUrl,
      natsUrl,
      ...(natsPrefix !== undefined && { natsPrefix }),
      name: 'plimsoll',
      maxConnections: connectionsToPostgres,
      logger,
      signal,
    }).catch((error: unknown) => {
      throw embedded && !signal.aborted ? otherLog(folder, error) : error
    }),
  )
  const context: ServiceContext = { ...stores, installationKey: key, replica: `up-${process.pid}`, logger }
  const clusters = await openClusters(stack, context, {
    PLIMSOLL_KUBECONFIG: kubeconfig,
    PLIMSOLL_CONTEXT: options.context,
    // Who starts it owns this machine.
    PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS: true,
  })
  const retention = readRetention(env)
  stack.use(await startProjection(context, { retention }))
  stack.use(startPoller(context, { cacheDir: folder, allowFileRemotes: embedded, retention }))
  const ageKeys = await installationAgeKeys(env['PLIMSOLL_SOPS_AGE_KEY_FILE'])
  const settings = commandSettings(env)
  const hookCommands = settings.PLIMSOLL_HOOK_COMMANDS
  const commands = openCommands(stack, settings, options.tell)
  const customHealth = await openCustomHealth(stack, env)
  const differ = { clusters, ageKeys, hookCommands, customHealth, renderHosts: renderHosts(env), tell: options.tell }
  stack.use(await startDiffer(context, differ))
  stack.use(startSyncer(context, { clusters, customHealth, commands }))
  stack.use(startRollback(context, { clusters, customHealth, commands }))
  const port = options.port ?? (await keptPort(folder, 'api'))
  const webhookSecret = env['PLIMSOLL_WEBHOOK_SECRET']
  const { url } = stack.use(
    await startApi(context, { port, allowFileRemotes: embedded, allowLoopbackClusters: true, webhookSecret }),
  )
  await ensureToken(stores.log, 'local', join(folder, 'token'))
  const running = stack.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function otherLog(folder: string, cause: unknown): CliError {
  return new CliError({
    what: 'The log of this state folder cannot be used',
    where: folder,
    because: cause instanceof Error ? cause.message : String(cause),
    try: 'Start the version of Plimsoll that wrote it; or remove that folder, and everything begins anew.',
  })
}
