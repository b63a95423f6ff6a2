import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowConfig } from '../settings/config.ts'
import { createWorkflow, nextPlanning } from './decisions.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { initialWorkflow } from '../state/state.ts'

const checked = workflowConfig({ id: 'shop', repository: 'shop-repo', source: { decryption: 'age' } })
if (!checked.ok) throw new Error('the configuration of a test must be sound')
const config = checked.value
const created = { type: 'WorkflowCreated', data: config } as const
const changed = { type: 'DecryptionKeyChanged', data: { recipients: ['age1new'] } } as const

test('a key is recorded by its public side, beside what else changes', () => {
  const workflow = evolveWorkflow(initialWorkflow, created)
  expect(createWorkflow(config, ['age1new'])(initialWorkflow)).toEqual([created, changed])
  expect(createWorkflow(config, ['age1new'])(workflow)).toEqual([changed])
  expect(createWorkflow(config)(workflow)).toEqual([])
  const renamed = { ...config, name: 'other' }
  expect(createWorkflow(renamed, ['age1new'])(workflow).map(({ type }) => type)).toEqual([
    'WorkflowChanged',
    'DecryptionKeyChanged',
  ])
})

test('another key asks for another plan of a tree that is planned, or that could not be', () => {
  const head = { revision: 'c1', tree: 't1', message: '', author: '', committed_at: '' }
  const planned = { ...sample.PlanMade, data: { ...sample.PlanMade.data, tree: 't1', sync_id: null } }
  const failed = { ...sample.PlanFailed, data: { ...sample.PlanFailed.data, tree: 't1', sync_id: null } }
  for (const last of [planned, failed]) {
    const workflow = [created, last].reduce(evolveWorkflow, initialWorkflow)
    expect(nextPlanning(workflow, { head, tree: 't1' }, false).action).toBe('none')
    expect(nextPlanning(evolveWorkflow(workflow, changed), { head, tree: 't1' }, false).action).toBe('plan')
  }
})

test('a key of a workflow that is gone changes nothing', () => {
  expect(evolveWorkflow(initialWorkflow, changed)).toBe(initialWorkflow)
})
