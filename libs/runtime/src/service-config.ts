import { hostname } from 'node:os'
import { z } from 'zod'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** The settings that every service has: `readConfig(z.object({ ...serviceConfig, … }), process.env)`. */
export const serviceConfig = {
  PLIMSOLL_POSTGRES_URL: url('postgres:', 'postgresql:').describe(
    'the address of the database, postgres://user:password@host:port/database',
  ),
  PLIMSOLL_NATS_URL: url('nats:', 'tls:').describe('the address of NATS, nats://user:password@host:port'),
  PLIMSOLL_NATS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]+$/)
    .default('plimsoll')
    .describe(
      'the first token of all subjects, of a-z, 0-9, - and _; two installations that share a NATS differ in it',
    ),
  PLIMSOLL_KEY: z
    .string()
    .refine((text) => /^[A-Za-z0-9+/_-]{43}=?$/.test(text))
    .optional()
    .describe('the installation key, 32 bytes in base64'),
  PLIMSOLL_KEY_FILE: z.string().optional().describe('a file that holds the installation key'),
  PLIMSOLL_PROBE_PORT: port().optional().describe('the port of /livez and /readyz, 0 to 65535; no probes without it'),
  PLIMSOLL_PROBE_HOST: z.string().default('127.0.0.1').describe('the address that the probes listen on'),
  PLIMSOLL_LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .describe(`one of ${logLevels.join(', ')}`),
  PLIMSOLL_REPLICA: z
    .string()
    .max(120)
    .default(() => `${hostname()}-${process.pid}`)
    .describe('a name of this process among its replicas, at most 120 characters'),
}

function url(...protocols: readonly string[]) {
  return z.string().refine((text) => protocols.includes(URL.parse(text.split(',')[0] ?? '')?.protocol ?? ''))
}

function port() {
  return z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
}
