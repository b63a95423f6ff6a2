import { expect, test } from 'vitest'
import { isNamedByRun, namedByRun, withRunName } from './generated-name.ts'

const job = (metadata: { readonly name: string; readonly generateName?: string }) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata,
})

test('a name that a run gives is the same each time, and fits', () => {
  const object = job({ generateName: 'migrate-', name: namedByRun('migrate-') })
  expect(isNamedByRun(object)).toBe(true)
  expect(withRunName(object, 'abc')).toEqual(job({ name: 'migrate-abc' }))
  const long = 'm'.repeat(80)
  expect(withRunName(job({ generateName: long, name: namedByRun(long) }), 'abc').metadata.name).toBe(
    `${'m'.repeat(60)}abc`,
  )
})

test('an object with a name of its own keeps it', () => {
  const object = job({ name: 'migrate', generateName: 'migrate-' })
  expect(isNamedByRun(object)).toBe(false)
  expect(withRunName(object, 'abc')).toBe(object)
})
