import { create } from '@bufbuild/protobuf'
import { SyncResultSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { syncText } from './status.ts'

const [first, second] = [
  { what: 'Job/migrate failed', where: 'k8s/migrate.yaml:1', because: 'exit code 3' },
  { what: 'Job/seed failed', where: 'k8s/seed.yaml:1', because: 'exit code 4' },
]
const message = 'Job/migrate failed (k8s/migrate.yaml:1): exit code 3'

test('a fault that the message tells is not told again', () => {
  const text = syncText(create(SyncResultSchema, { id: 'sync-1', status: 'failed', message, faults: [first] }))
  expect(text.split('exit code 3')).toHaveLength(2)
})

test('a fault that the message only counts has a line of its own', () => {
  const many = `${message} (and 1 more)`
  const text = syncText(create(SyncResultSchema, { status: 'failed', message: many, faults: [first, second] }))
  expect(text).toContain(`\n  ${message}\n  Job/seed failed (k8s/seed.yaml:1): exit code 4\n`)
})
