import { expect, test } from 'vitest'
import { workflowConfig } from '@plimsoll/domain'
import { PlanFault } from '../plan-fault.ts'
import { refuseCommands } from './refuse-commands.ts'

function faultsOf(account: string, commands: readonly string[], enabled: boolean) {
  const request = { id: 'shop', repository: 'r', destination: { service_account: account } }
  const config = workflowConfig({ ...request, sync_policy: { pre_sync_hooks: commands, post_sync_hooks: ['true'] } })
  if (!config.ok) throw new Error('no config')
  try {
    refuseCommands(config.value, enabled)
    return []
  } catch (error) {
    if (error instanceof PlanFault) return error.faults
    throw error
  }
}

test('commands are refused, each by its place, until the operator enables them and the workflow has an identity', () => {
  expect(faultsOf('deployer', [`kubectl ${'x'.repeat(100)}`], false)).toEqual([
    {
      what: `the command "kubectl ${'x'.repeat(71)}…" is not run`,
      where: 'sync_policy.pre_sync_hooks[0] of workflow shop',
      because: 'commands are switched off in this installation',
      try: 'set PLIMSOLL_HOOK_COMMANDS=true for the services that plan and write, or take the command out of the workflow',
    },
    expect.objectContaining({ where: 'sync_policy.post_sync_hooks[0] of workflow shop' }),
  ])
  expect(faultsOf('', [], true)).toEqual([
    {
      what: 'the command "true" is not run',
      where: 'sync_policy.post_sync_hooks[0] of workflow shop',
      because: 'a command runs as the service account of its workflow, and this one has none',
      try: 'set destination.service_account',
    },
  ])
  expect(faultsOf('deployer', ['true'], true)).toEqual([])
})

test('who has no command needs nothing of it', () => {
  const config = workflowConfig({ id: 'shop', repository: 'r' })
  if (!config.ok) throw new Error('no config')
  expect(() => refuseCommands(config.value, false)).not.toThrow()
})
