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
