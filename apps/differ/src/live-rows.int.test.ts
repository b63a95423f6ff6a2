import type { KubernetesObject } from '@plimsoll/domain'
import { readLiveObjects } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { openLiveRows } from './live-rows.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(() => log[Symbol.asyncDispose]())

function object(name: string, uid: string, resourceVersion: string, owned = 'x'): KubernetesObject {
  const fieldsV1 = { 'f:data': { 'f:key': {} } }
  const managedFields = [{ manager: 'plimsoll', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1 }]
  const marks = {
    labels: { 'plimsoll.dev/workflow': 'm' },
    annotations: { 'plimsoll.dev/id': `/ConfigMap/shop/${name}` },
  }
  const metadata = { name, namespace: 'shop', uid, resourceVersion, managedFields, ...marks }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: owned } }
}

const hash = (text: string) => text

async function stored(cluster: string) {
  const rows = await readLiveObjects(log, cluster)
  return rows.map(({ name, uid, resourceVersion }) => `${name} ${uid} ${resourceVersion}`).toSorted()
}

test('a row is written when something changed that planning looks at, and no sooner', async () => {
  const rows = openLiveRows(log, 'a', [], hash)
  rows.see(object('one', 'u1', '1'))
  expect(await stored('a')).toEqual([])
  await rows.flush()
  expect(await stored('a')).toEqual(['one u1 1'])
  rows.see(object('one', 'u1', '2'))
  await rows.flush()
  expect(await stored('a')).toEqual(['one u1 1'])
  rows.see(object('one', 'u1', '3', 'drifted'))
  await rows.flush()
  expect(await stored('a')).toEqual(['one u1 3'])
})

test('what goes is dropped, but not for the end of the object that was there before', async () => {
  const rows = openLiveRows(log, 'b', [], hash)
  rows.see(object('one', 'new', '2'))
  rows.drop(object('one', 'old', '1'))
  await rows.flush()
  expect(await stored('b')).toEqual(['one new 2'])
  rows.drop(object('one', 'new', '3'))
  rows.drop(object('never seen', 'u', '3'))
  await rows.flush()
  expect(await stored('b')).toEqual([])
})

test('what an earlier watcher knew is gone after the first list that lacks it', async () => {
  const before = openLiveRows(log, 'c', [], hash)
  for (const name of ['kept', 'anew', 'gone']) before.see(object(name, `u-${name}`, '1'))
  await before.flush()
  const rows = openLiveRows(log, 'c', await readLiveObjects(log, 'c'), hash)
  rows.see(object('kept', 'u-kept', '5'))
  rows.see(object('anew', 'another', '6'))
  rows.keepOnly('', 'ConfigMap', new Set(['u-kept', 'another']))
  rows.keepOnly('apps', 'ConfigMap', new Set())
  await rows.flush()
  expect(await stored('c')).toEqual(['anew another 6', 'kept u-kept 1'])
})

test('what could not be written is written by the next flush, the newest state counting', async () => {
  const rows = openLiveRows(log, 'd', [], hash)
  rows.see(object('one', 'u1', '1'))
  rows.see(object('two', 'u2', '1'))
  await log.db.schema.alterTable('live_object').renameTo('away').execute()
  await expect(rows.flush()).rejects.toThrow('live_object')
  rows.see(object('one', 'u1', '2', 'drifted'))
  await log.db.schema.alterTable('away').renameTo('live_object').execute()
  await rows.flush()
  expect(await stored('d')).toEqual(['one u1 2', 'two u2 1'])
})
