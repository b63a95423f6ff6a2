import type { KubernetesObject } from '@plimsoll/domain'
import { readLiveObjects } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
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

/** Which streams the work of `drift` is due for, and is no more after the look. */
async function woken(): Promise<readonly string[]> {
  const rows = await log.db.deleteFrom('work').where('role', '=', 'drift').returning('stream').execute()
  return rows.map(({ stream }) => stream).toSorted()
}

const streamsOf = async (marks: ReadonlySet<string>) => [...marks].map((mark) => `workflow-${mark}`)

test('workflows are woken together with what is written of their objects', async () => {
  const rows = openLiveRows(log, 'e', [], hash, streamsOf)
  rows.see(object('one', 'u1', '1'))
  await rows.flush()
  expect(await woken()).toEqual(['workflow-m'])
  rows.see(object('one', 'u1', '2'))
  await rows.flush()
  expect(await woken()).toEqual([])
  // Both lose or gain an object when the mark becomes another's.
  const { metadata, ...rest } = object('one', 'u1', '3')
  rows.see({ ...rest, metadata: { ...metadata, labels: { 'plimsoll.dev/workflow': 'n' } } })
  await rows.flush()
  expect(await woken()).toEqual(['workflow-m', 'workflow-n'])
  rows.drop(object('one', 'u1', '4'))
  await rows.flush()
  expect(await woken()).toEqual(['workflow-n'])
})

test('what a new owner does to a field that was ours is news too, and a status is none', async () => {
  const taken = (resourceVersion: string, value: string, status: string): KubernetesObject => {
    const { metadata, ...rest } = object('one', 'u1', resourceVersion, value)
    return { ...rest, metadata: { ...metadata, managedFields: [] }, status: { seen: status } }
  }
  const rows = openLiveRows(log, 'f', [], hash, streamsOf)
  rows.see(taken('1', 'theirs', 'a'))
  await rows.flush()
  await woken()
  rows.see(taken('2', 'theirs', 'b'))
  await rows.flush()
  expect([await woken(), await stored('f')]).toEqual([[], ['one u1 1']])
  rows.see(taken('3', 'other', 'b'))
  await rows.flush()
  expect([await woken(), await stored('f')]).toEqual([['workflow-m'], ['one u1 3']])
})

test('how an object fares is kept with it, told once, and forgotten with the object', async () => {
  const rows = openLiveRows(log, 'g', [], hash, streamsOf)
  const healthOf = async () => (await readLiveObjects(log, 'g')).map(({ health }) => health)
  const identity = '/ConfigMap/shop/one'
  rows.setHealth(identity, 'Degraded')
  rows.see(object('one', 'u1', '1'))
  await rows.flush()
  await woken()
  for (const word of ['Degraded', 'Degraded', '']) {
    rows.setHealth(identity, word)
    await rows.flush()
    expect(await healthOf()).toEqual([word])
  }
  rows.setHealth(identity, 'Degraded')
  rows.see(object('one', 'u1', '2', 'changed'))
  await rows.flush()
  expect(await healthOf()).toEqual(['Degraded'])
  rows.see(object('one', 'made anew', '3', 'changed'))
  await rows.flush()
  expect(await healthOf()).toEqual([''])
})
