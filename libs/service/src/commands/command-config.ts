import { z } from 'zod'
import { hostRules } from '../host-rules.ts'

/** The settings of a service that runs the commands of workflows. */
export const commandConfig = {
  PLIMSOLL_HOOK_COMMANDS: z
    .stringbool()
    .default(false)
    .describe('true lets workflows run the commands of pre_sync_hooks and post_sync_hooks, in a sandbox'),
  PLIMSOLL_HOOK_HOSTS: hostRules().describe(
    'the hosts that such commands may reach, as `host`, `host:port` or `*.suffix`, separated by commas',
  ),
} as const

export type CommandConfig = z.output<z.ZodObject<typeof commandConfig>>
