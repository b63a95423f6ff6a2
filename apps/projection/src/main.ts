import { migrate, openEventLog } from '@plimsoll/event-log'
import { openJetStream } from '@plimsoll/jetstream'
import { createLogger, run, serveProbes, startTelemetry, untilAborted } from '@plimsoll/runtime'
import { readProjectionConfig } from './config.ts'
import { startProjection } from './projection.ts'

await run(async (stack, signal) => {
  const { postgres, nats, probes, logLevel, replica, stream, retention } = readProjectionConfig(process.env)
  const logger = createLogger({ name: 'projection', level: logLevel })
  stack.use(await startTelemetry({ serviceName: 'plimsoll-projection' }))
  const log = stack.use(openEventLog({ url: postgres, onError: (err) => logger.warn({ err }, 'a connection broke') }))
  await migrate(log)
  const js = stack.use(
    await openJetStream({
      ...nats,
      name: `projection ${replica}`,
      signal,
      onStatus: (status) => logger.info(status, 'NATS'),
    }),
  )
  const projection = stack.use(await startProjection({ log, js, logger, replica }, { stream, retention }))
  const { port } = probes
  const served = port === undefined ? undefined : stack.use(await serveProbes({ ...probes, port, ...projection }))
  logger.info({ replica, probes: served?.port }, 'projection is up')
  await untilAborted(signal)
})
