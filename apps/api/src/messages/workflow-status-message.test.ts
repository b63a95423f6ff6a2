import { evolveWorkflowRow, initialWorkflowRow, workflowConfig, workflowStatus } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { parkedText, toWorkflowStatus } from './workflow-status-message.ts'

test('what stands in the way is told in sentences, and what the reason tells is not told again', () => {
  const checked = workflowConfig({ id: 'web', repository: 'shop', depends_on: ['back', 'base'] })
  if (!checked.ok) throw new Error('the configuration of a test must be sound')
  const created = { type: 'WorkflowCreated', data: checked.value } as const
  const status = workflowStatus(evolveWorkflowRow(initialWorkflowRow, created, '2026-11-23T07:00:00Z'))
  if (status === undefined) throw new Error('there is a workflow')
  const failing = [{ role: 'plan', stream: 'workflow-web', error: 'connect ECONNREFUSED', parked: null, nextAt: null }]
  const missing = ['back', 'base']
  expect(toWorkflowStatus(status, { failing, missing, expiredAt: null }).reason).toBe(
    'Never synced. Planning failed and is tried again: connect ECONNREFUSED. It waits for back, which does not exist: create it, or correct depends_on. It waits for base, which does not exist: create it, or correct depends_on.',
  )
  const parked = { role: 'plan', stream: 'cluster-default', error: null, parked: 'a bug', nextAt: null }
  expect(parkedText(status, parked)).toBe(
    'Taking up what waited for the cluster is set aside: a bug; try it again with `plimsoll unpark --cluster default`.',
  )
  const waiting = { ...status, reason: 'A sync waits: it depends on back, which does not exist (for c0ffee).' }
  const told = toWorkflowStatus(waiting, { failing: [], missing: ['back'], expiredAt: null })
  expect(told.reason).toBe(waiting.reason)
  expect(told.conditions).toMatchObject([{ type: 'dependency_missing' }])
})
