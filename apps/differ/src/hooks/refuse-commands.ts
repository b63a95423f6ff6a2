import type { CommandHook, Fault, WorkflowConfig } from '@plimsoll/domain'
import { commandObstacle } from '@plimsoll/service'
import { PlanFault } from '../plan-fault.ts'

type Commands = Pick<WorkflowConfig, 'id' | 'destination'> & {
  readonly sync_policy: Pick<WorkflowConfig['sync_policy'], 'pre_sync_hooks' | 'post_sync_hooks'>
}

/** Throws PlanFault for a workflow with commands that nobody would run: a plan that leaves them out is not what was asked for. */
export function refuseCommands(config: Commands, enabled: boolean): void {
  const { pre_sync_hooks: before, post_sync_hooks: after } = config.sync_policy
  const named = (field: string, commands: readonly string[]): readonly Pick<CommandHook, 'name' | 'command'>[] =>
    commands.map((command, index) => ({ name: `${field}[${index}]`, command }))
  const faults = [...named('pre_sync_hooks', before), ...named('post_sync_hooks', after)].flatMap(
    ({ name, command }): readonly Fault[] => {
      const fault = commandObstacle({ config, command, where: name }, enabled)
      return fault === undefined ? [] : [fault]
    },
  )
  if (faults.length > 0) throw new PlanFault('plan', faults)
}
