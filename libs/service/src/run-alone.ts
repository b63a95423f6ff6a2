import { installationKey } from '@plimsoll/event-log'
import {
  createLogger,
  readConfig,
  run,
  serveProbes,
  serviceConfig,
  startTelemetry,
  untilAborted,
} from '@plimsoll/runtime'
import type { Check } from '@plimsoll/runtime'
import { z } from 'zod'
import type { ServiceContext } from './context.ts'
import { openStores } from './open-stores.ts'

/**
 * Runs one service as a process of its own: configuration from the environment, probes, and an orderly end. `start` gives what
 * it opens to the stack.
 */
export async function runAlone<Shape extends z.ZodRawShape>(
  name: string,
  shape: Shape,
  start: (
    stack: AsyncDisposableStack,
    context: ServiceContext,
    config: z.output<z.ZodObject<Shape>>,
  ) => Promise<{ readonly ready?: Check }>,
): Promise<void> {
  await run(async (stack, signal) => {
    const common = readConfig(z.object(serviceConfig), process.env)
    const config = readConfig(z.object(shape), process.env)
    const logger = createLogger({ name, level: common.PLIMSOLL_LOG_LEVEL })
    stack.use(await startTelemetry({ serviceName: `plimsoll-${name}` }))
    const { log, js } = stack.use(
      await openStores({
        postgresUrl: common.PLIMSOLL_POSTGRES_URL,
        natsUrl: common.PLIMSOLL_NATS_URL,
        natsPrefix: common.PLIMSOLL_NATS_PREFIX,
        name: `plimsoll-${name}`,
        logger,
        signal,
      }),
    )
    const key = await installationKey({ env: common.PLIMSOLL_KEY, file: common.PLIMSOLL_KEY_FILE })
    const context = { log, js, installationKey: key, replica: common.PLIMSOLL_REPLICA, logger }
    const { ready = () => [] } = await start(stack, context, config)
    if (common.PLIMSOLL_PROBE_PORT !== undefined)
      stack.use(
        await serveProbes({
          port: common.PLIMSOLL_PROBE_PORT,
          host: common.PLIMSOLL_PROBE_HOST,
          live: () => [],
          ready: () => [...(js.isConnected() ? [] : ['NATS is not connected']), ...ready()],
        }),
      )
    logger.info('ready')
    await untilAborted(signal)
  })
}
