import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, readConfig } from './config.ts'
import { serviceConfig } from './service-config.ts'

const schema = z.object({
  ...serviceConfig,
  PLIMSOLL_WORKERS: z.string().transform(Number).pipe(z.int()).describe('a whole number'),
})
const good = {
  PLIMSOLL_POSTGRES_URL: 'postgres://me:pw@db:5432/plimsoll',
  PLIMSOLL_NATS_URL: 'nats://n1:4222,nats://n2:4222',
  PLIMSOLL_WORKERS: '4',
}

test('settings are read, defaults filled in, and what is not asked for is left out', () => {
  const config = readConfig(schema, { ...good, PLIMSOLL_PROBE_PORT: '8080', HOME: '/root' })
  expect(config).toMatchObject({
    ...good,
    PLIMSOLL_WORKERS: 4,
    PLIMSOLL_PROBE_PORT: 8080,
    PLIMSOLL_LOG_LEVEL: 'info',
    PLIMSOLL_NATS_PREFIX: 'plimsoll',
  })
  expect(config.PLIMSOLL_REPLICA).toMatch(/-\d+$/)
  expect(config).not.toHaveProperty('HOME')
})

test('an empty variable counts as not set', () => {
  expect(readConfig(schema, { ...good, PLIMSOLL_LOG_LEVEL: '', PLIMSOLL_KEY: '' })).toMatchObject({
    PLIMSOLL_LOG_LEVEL: 'info',
  })
})

test('one error lists every bad variable, and shows no value', () => {
  const read = () =>
    readConfig(schema, {
      PLIMSOLL_POSTGRES_URL: 'mysql://me:hunter2@db',
      PLIMSOLL_KEY: 'c2hvcnQ=',
      PLIMSOLL_PROBE_PORT: '70000',
      PLIMSOLL_LOG_LEVEL: 'loud',
      PLIMSOLL_WORKERS: 'four',
    })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(
    [
      'The configuration is not usable:',
      '  PLIMSOLL_POSTGRES_URL is wrong (21 characters given): expected the address of the database, postgres://user:password@host:port/database',
      '  PLIMSOLL_NATS_URL is not set: expected the address of NATS, nats://user:password@host:port',
      '  PLIMSOLL_KEY is wrong (8 characters given): expected the installation key, 32 bytes in base64',
      '  PLIMSOLL_PROBE_PORT is wrong (5 characters given): expected the port of /livez and /readyz, 0 to 65535; no probes without it',
      '  PLIMSOLL_LOG_LEVEL is wrong (4 characters given): expected one of fatal, error, warn, info, debug, trace, silent',
      '  PLIMSOLL_WORKERS is wrong (4 characters given): expected a whole number',
    ].join('\n'),
  )
})
