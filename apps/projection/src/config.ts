import { readConfig, serviceConfig } from '@plimsoll/runtime'
import { retentionConfig, retentionPolicy } from '@plimsoll/service'
import { z } from 'zod'

const settings = z.object({
  ...serviceConfig,
  ...retentionConfig,
  PLIMSOLL_STREAM_MAX_AGE_HOURS: count()
    .default(168)
    .describe('for how many hours the event stream keeps messages, 1 to 87600'),
  PLIMSOLL_STREAM_MAX_MIB: count()
    .optional()
    .describe('how many MiB the event stream may take, reserved by the server'),
  PLIMSOLL_STREAM_REPLICAS: count().default(1).describe('how many NATS servers keep the event stream, 1 to 5'),
})

export type Config = ReturnType<typeof readProjectionConfig>

export function readProjectionConfig(env: Readonly<Record<string, string | undefined>>) {
  const given = readConfig(settings, env)
  return {
    postgres: given.PLIMSOLL_POSTGRES_URL,
    nats: { url: given.PLIMSOLL_NATS_URL, prefix: given.PLIMSOLL_NATS_PREFIX },
    probes: { port: given.PLIMSOLL_PROBE_PORT, host: given.PLIMSOLL_PROBE_HOST },
    logLevel: given.PLIMSOLL_LOG_LEVEL,
    replica: given.PLIMSOLL_REPLICA,
    retention: retentionPolicy(given),
    stream: {
      maxAgeMs: given.PLIMSOLL_STREAM_MAX_AGE_HOURS * 3_600_000,
      replicas: given.PLIMSOLL_STREAM_REPLICAS,
      ...(given.PLIMSOLL_STREAM_MAX_MIB !== undefined && { maxBytes: given.PLIMSOLL_STREAM_MAX_MIB * 1_048_576 }),
    },
  }
}

function count() {
  return z
    .string()
    .regex(/^[1-9]\d{0,6}$/)
    .transform(Number)
}
