import { readConfig } from '@plimsoll/runtime'
import { z } from 'zod'
import { commandConfig } from './command-config.ts'
import type { CommandConfig } from './command-config.ts'
import { openCommandRunner } from './run-command.ts'
import type { CommandRunner } from './run-command.ts'

/** Whether commands may be run, and what they may reach, as the environment says. @throws ConfigError */
export function commandSettings(env: Readonly<Record<string, string | undefined>>): CommandConfig {
  return readConfig(z.object(commandConfig), env)
}

/** Runs commands as the operator has set it; `tell` hears how building the programs goes on. */
export function openCommands(
  stack: AsyncDisposableStack,
  { PLIMSOLL_HOOK_COMMANDS: enabled, PLIMSOLL_HOOK_HOSTS: hosts }: CommandConfig,
  tell: (line: string) => void,
): CommandRunner {
  return stack.use(openCommandRunner({ enabled, hosts, tell }))
}

/** Runs none, and says so. */
export const noCommands: CommandRunner = openCommandRunner({ enabled: false, hosts: [], tell: () => {} })
