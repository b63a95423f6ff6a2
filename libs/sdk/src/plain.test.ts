import { create, toJson } from '@bufbuild/protobuf'
import { CreateWorkflowRequestSchema, EventSchema, WorkflowConfigSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { InvalidRequestError } from './errors.ts'
import { messageOf, plainOf } from './plain.ts'

const config = {
  id: 'shop',
  repository: 'shop',
  auto_sync: false,
  depends_on: ['database', 'cache'],
  allow: { namespaces: [], kinds: ['Deployment'] },
  sync_policy: {
    retry: { limit: 3 },
    sync_windows: [{ kind: 'deny', schedule: '0 22 * * *', duration: '2h', time_zone: 'UTC', manual_sync: false }],
    pre_sync_hooks: ['kubectl cluster-info'],
  },
  source: { helm: { values_files: ['a.yaml'], values: { rules: [1], deep: { values: null } } }, decryption: '' },
  impact: { 'scale-to-zero': 'low' },
  labels: { values: 'a label of that name', app: 'shop' },
}

test('plain data comes back as it went in, lists without their wrapping', () => {
  const message = messageOf(WorkflowConfigSchema, config)
  expect(message.dependsOn?.values).toEqual(['database', 'cache'])
  expect(message.allow?.namespaces?.values).toEqual([])
  expect(plainOf(WorkflowConfigSchema, message)).toEqual(config)
})

test('the JSON of the api is taken, too', () => {
  const { labels: _labels, ...others } = config
  const message = messageOf(WorkflowConfigSchema, others)
  const json = toJson(WorkflowConfigSchema, message, { useProtoFieldName: true })
  expect(messageOf(WorkflowConfigSchema, json as object)).toEqual(message)
})

test('what is undefined is left out, at any depth', () => {
  const request = { workflow: { repository: 'shop', name: undefined, allow: { kinds: undefined } }, reason: undefined }
  expect(messageOf(CreateWorkflowRequestSchema, request)).toEqual(
    create(CreateWorkflowRequestSchema, { workflow: { repository: 'shop', allow: {} } }),
  )
})

test('positions are numbers, instants are texts, and data is as it is', () => {
  const event = create(EventSchema, { position: 12n, recordedAt: { seconds: 1_700_000_000n }, data: { a: [1, 'b'] } })
  expect(plainOf(EventSchema, event)).toMatchObject({
    position: 12,
    previous_in_stream: 0,
    recorded_at: '2023-11-14T22:13:20Z',
    data: { a: [1, 'b'] },
  })
})

test.each([
  [{ auto_prun: true }, 'auto_prun', 'is unknown'],
  [{ auto_sync: 'yes' }, 'auto_sync', 'bool'],
  [{ depends_on: 'database' }, 'depends_on', 'expected a list'],
  [{ sync_policy: { retry: { limit: -1 } } }, 'limit', 'uint32'],
])('%j is refused', (data, where, because) => {
  const error = (() => {
    try {
      return messageOf(WorkflowConfigSchema, data)
    } catch (thrown) {
      return thrown
    }
  })()
  expect(error).toBeInstanceOf(InvalidRequestError)
  expect(error).toMatchObject({ where, because: expect.stringContaining(because) as string })
})
