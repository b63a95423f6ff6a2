import type { CommandHook, WorkflowConfig } from '@plimsoll/domain'
import type { JetStream } from '@plimsoll/jetstream'
import type { Cluster } from '@plimsoll/kubernetes'
import type { HookEnd, RunCommand } from '../hooks/hooks-run.ts'
import type { Vault } from '../vault.ts'
import { keepHookOutput } from './hook-output.ts'
import { tellHookNews } from './live-output.ts'
import type { CommandRunner } from './run-command.ts'

/** The sync or rollback that a command belongs to. */
export type CommandHookRun = {
  readonly vault: Vault
  readonly config: WorkflowConfig
  readonly cluster: Cluster
  readonly revision: string
  readonly syncId: string
  /** Values that must not be seen in what it writes: see valuesToHide. */
  readonly hidden: () => Promise<Iterable<string>>
}

/** Makes the runner of one sync's commands. */
export type CommandsOf = (run: CommandHookRun) => RunCommand

/** Runs commands, shows what they write to those who look on, and keeps it. */
export function commandHooks(commands: CommandRunner, js: JetStream): CommandsOf {
  return (run) => (hook, signal) => runCommandHook(commands, js, run, hook, signal)
}

async function runCommandHook(
  commands: CommandRunner,
  js: JetStream,
  { vault, config, cluster, revision, syncId, hidden }: CommandHookRun,
  hook: CommandHook,
  signal: AbortSignal,
): Promise<Omit<HookEnd, 'message'>> {
  const about = { sync_id: syncId, phase: hook.phase, hook: hook.name }
  const { output, ...end } = await commands.run({
    config,
    cluster,
    command: hook.command,
    where: hook.name,
    revision,
    syncId,
    timeoutMs: config.sync_policy.hook_timeout_ms,
    hidden: await hidden(),
    onOutput: (text) => tellHookNews(js, config.id, { ...about, text }),
    signal,
  })
  const { fault, durationMs } = end
  const ended = { ok: fault === undefined, message: fault?.because ?? '', duration_ms: durationMs }
  tellHookNews(js, config.id, { ...about, ...ended })
  return { ...end, output: await keepHookOutput(vault, output) }
}
