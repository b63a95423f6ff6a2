import { z } from 'zod'

const host = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i

/** The settings of a service that runs the commands of workflows. */
export const commandConfig = {
  PLIMSOLL_HOOK_COMMANDS: z
    .stringbool()
    .default(false)
    .describe('true lets workflows run the commands of pre_sync_hooks and post_sync_hooks, in a sandbox'),
  PLIMSOLL_HOOK_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((name) => name !== ''))
    .refine((names) => names.every((name) => host.test(name)))
    .describe('the hosts that such commands may reach, as `host`, `host:port` or `*.suffix`, separated by commas'),
} as const

export type CommandConfig = z.output<z.ZodObject<typeof commandConfig>>
