import { parseDuration } from '@plimsoll/domain'
import type { RetentionPolicy } from '@plimsoll/domain'
import { readConfig } from '@plimsoll/runtime'
import { z } from 'zod'

const longestMs = 100 * 365 * 86_400_000

/** The settings of a service that drops what is old. */
export const retentionConfig = {
  PLIMSOLL_RETENTION_AGE: z
    .string()
    .default('90d')
    .refine((text) => text === 'forever' || isAge(parseDuration(text)))
    .describe('how long what the log refers to is kept, such as 90d or 12h; or forever'),
  PLIMSOLL_RETENTION_COUNT: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .transform(Number)
    .default(100)
    .describe('how many of the newest syncs, and of the newest plans, of each workflow are kept, however old'),
}

export type RetentionConfig = z.output<z.ZodObject<typeof retentionConfig>>

/** Undefined: everything is kept forever. */
export function retentionPolicy(config: RetentionConfig): RetentionPolicy | undefined {
  const ageMs = parseDuration(config.PLIMSOLL_RETENTION_AGE)
  return ageMs === undefined ? undefined : { ageMs, count: config.PLIMSOLL_RETENTION_COUNT }
}

/** The same from the environment. @throws ConfigError */
export function readRetention(env: Readonly<Record<string, string | undefined>>): RetentionPolicy | undefined {
  return retentionPolicy(readConfig(z.object(retentionConfig), env))
}

function isAge(ms: number | undefined): boolean {
  return ms !== undefined && ms > 0 && ms <= longestMs
}
