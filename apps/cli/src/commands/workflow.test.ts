import { create } from '@bufbuild/protobuf'
import { WorkflowStatusSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { settingsOf } from './workflow.ts'

test('settings tell who acts, what is put back, and which commands are run', () => {
  const status = create(WorkflowStatusSchema, {
    config: {
      destination: { cluster: 'east', namespace: 'shop', serviceAccount: 'shop/deployer' },
      syncPolicy: {
        selfHeal: true,
        preSyncHooks: { values: ['kubectl cluster-info'] },
        postSyncHooks: { values: ['a', 'b'] },
        retry: { limit: 1, backoff: 'fixed', maxDuration: '10m' },
      },
    },
  })
  expect(settingsOf(status)).toEqual(
    expect.arrayContaining([
      ['Acts as', 'shop/deployer'],
      ['Self-heal', 'yes'],
      ['Before syncs', 'kubectl cluster-info'],
      ['After syncs', 'a; b'],
      ['Retry', 'once, fixed, within 10m'],
    ]),
  )
})

test.each([
  [{ required: true, allowRequester: true }, 'every sync, within 8h, also by whoever asked for the sync'],
  [{ fromImpact: 'high' }, 'from high impact on, within 8h'],
  [{ allowRequester: true }, 'only for what deletes much, within 8h, also by whoever asked for the sync'],
  [{}, ''],
])('settings tell of the approval %j', (approval, text) => {
  const status = create(WorkflowStatusSchema, { config: { approval: { expires: '8h', ...approval } } })
  expect(settingsOf(status)).toContainEqual(['Approval', text])
})

test('settings tell what a window lets pass', () => {
  const windows = [{ kind: 'deny', schedule: '0 0 24 12 *', duration: '72h', timeZone: 'UTC', manualSync: true }]
  const status = create(WorkflowStatusSchema, { config: { syncPolicy: { syncWindows: { windows } } } })
  expect(settingsOf(status)).toContainEqual([
    'Windows',
    'deny "0 0 24 12 *" for 72h, UTC (what a person asks for passes)',
  ])
})
