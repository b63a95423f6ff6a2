import type { CommandHook, Fault, WorkflowConfig } from '@plimsoll/domain'
import type { JetStream } from '@plimsoll/jetstream'
import type { Cluster } from '@plimsoll/kubernetes'
import type { Vault } from '../vault.ts'
import { keepHookOutput } from './hook-output.ts'
import { tellHookNews } from './live-output.ts'
import type { CommandRunner } from './run-command.ts'

/** The sync or rollback that a command belongs to. */
export type CommandHookRun = {
  readonly commands: CommandRunner
  readonly js: JetStream
  readonly vault: Vault
  readonly config: WorkflowConfig
  readonly cluster: Cluster
  readonly revision: string
  readonly syncId: string
  /** Values that must not be seen in what it writes: see valuesToHide. */
  readonly hidden: () => Promise<Iterable<string>>
}

export type CommandHookEnd = {
  /** Undefined when it ended well. */
  readonly fault: Fault | undefined
  /** It could not be run at all, by no fault of the commit's. */
  readonly isOutside: boolean
  readonly durationMs: number
  /** Digest of what it wrote; null for nothing. */
  readonly output: string | null
}

/**
 * Runs one command of a sync, shows what it writes to those who look on, and keeps it. Rejects with the signal's reason, and
 * with KubernetesError where a second try may help.
 */
export async function runCommandHook(
  run: CommandHookRun,
  hook: CommandHook,
  signal: AbortSignal,
): Promise<CommandHookEnd> {
  const { commands, js, vault, config, cluster, revision, syncId } = run
  const about = { sync_id: syncId, phase: hook.phase, hook: hook.name }
  const { fault, isOutside, output, durationMs } = await commands.run({
    config,
    cluster,
    command: hook.command,
    where: hook.name,
    revision,
    syncId,
    timeoutMs: config.sync_policy.hook_timeout_ms,
    hidden: await run.hidden(),
    onOutput: (text) => tellHookNews(js, config.id, { ...about, text }),
    signal,
  })
  tellHookNews(js, config.id, {
    ...about,
    ok: fault === undefined,
    message: fault?.because ?? '',
    duration_ms: durationMs,
  })
  return { fault, isOutside, durationMs, output: await keepHookOutput(vault, output) }
}
