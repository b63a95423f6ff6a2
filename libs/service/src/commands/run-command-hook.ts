import type { CommandHook, WorkflowConfig } from '@plimsoll/domain'
import type { JetStream } from '@plimsoll/jetstream'
import type { Cluster } from '@plimsoll/kubernetes'
import type { HookEnd, HooksRun, RunCommand } from '../hooks/hooks-run.ts'
import type { Vault } from '../vault.ts'
import { keepHookOutput } from './hook-output.ts'
import { tellHookNews } from './live-output.ts'
import type { HookCommand } from './hook-command.ts'
import type { CommandRunner } from './run-command.ts'

/** The sync or rollback that hooks belong to. */
export type CommandHookRun = {
  readonly vault: Vault
  readonly config: WorkflowConfig
  readonly cluster: Cluster
  readonly revision: string
  readonly syncId: string
  /** Values that must not be seen in what it writes: see valuesToHide. */
  readonly hidden: () => Promise<Iterable<string>>
  /** The claim under which it runs. */
  readonly held: HookCommand['held']
}

/** Makes what runs the commands of one sync, and what tells those who look on of its hooks. */
export type CommandsOf = (run: CommandHookRun) => { readonly runCommand: RunCommand; readonly tell: HooksRun['tell'] }

/** Runs commands, shows what they write to those who look on, and keeps it. */
export function commandHooks(commands: CommandRunner, js: JetStream): CommandsOf {
  return (run) => {
    const { config, syncId } = run
    const tell: HooksRun['tell'] = ({ phase, name }, happening) =>
      tellHookNews(js, config.id, { sync_id: syncId, phase, hook: name, ...happening })
    return { tell, runCommand: (hook, signal) => runCommandHook(commands, tell, run, hook, signal) }
  }
}

async function runCommandHook(
  commands: CommandRunner,
  tell: HooksRun['tell'],
  { vault, config, cluster, revision, syncId, hidden, held }: CommandHookRun,
  hook: CommandHook,
  signal: AbortSignal,
): Promise<Omit<HookEnd, 'message'>> {
  const { output, ...end } = await commands.run({
    config,
    cluster,
    command: hook.command,
    where: hook.name,
    revision,
    syncId,
    timeoutMs: config.sync_policy.hook_timeout_ms,
    hidden: await hidden(),
    onOutput: (text) => tell(hook, { text }),
    held,
    signal,
  })
  return { ...end, output: await keepHookOutput(vault, output) }
}
