import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import {
  answerPaths,
  askForPaths,
  dropPreviews,
  type EventLog,
  forgetPreviews,
  getGitObjects,
  missingGitObjects,
  openPaths,
  previewStore,
  putGitObjects,
  sealKey,
  takeRefusal,
} from './index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(() => log[Symbol.asyncDispose]())

const seal = sealKey(randomBytes(32), 'repository')
const oid = (digit: string) => digit.repeat(40)
const hour = 3_600_000

test('what is asked for is open until it is answered, and again when it is asked for anew', async () => {
  const of = { repository: 'open', revision: 'r1', stream: 'workflow-a' }
  await askForPaths(log, of, ['k8s', 'base', 'k8s'])
  const open = await openPaths(log, 'open')
  expect(open.map(({ path }) => path).toSorted()).toEqual(['base', 'k8s'])
  await answerPaths(
    log,
    open.map((row) => ({ ...row, tree: row.path === 'k8s' ? oid('1') : '', refused: null })),
  )
  expect(await openPaths(log, 'open')).toEqual([])
  await askForPaths(log, of, ['k8s'])
  expect((await openPaths(log, 'open')).map(({ path }) => path)).toEqual(['k8s'])
  expect(await openPaths(log, 'another')).toEqual([])
})

test('a refusal is told once, to who asked', async () => {
  const of = { repository: 'refused', revision: 'r1', stream: 'workflow-a' }
  await askForPaths(log, of, ['k8s', 'base'])
  await askForPaths(log, { ...of, stream: 'workflow-b' }, ['k8s'])
  const open = await openPaths(log, 'refused')
  await answerPaths(
    log,
    open.filter(({ stream }) => stream === of.stream).map((row) => ({ ...row, tree: null, refused: 'it is gone' })),
  )
  expect(await takeRefusal(log, { ...of, stream: 'workflow-b' })).toBeUndefined()
  expect(await takeRefusal(log, of)).toBe('it is gone')
  expect(await takeRefusal(log, of)).toBeUndefined()
  expect((await openPaths(log, 'refused')).map(({ stream }) => stream)).toEqual(['workflow-b'])
})

/** Keeps one object for each of some revisions, the first one asked for longest ago. */
async function previews(repository: string, revisions: readonly string[]): Promise<void> {
  for (const revision of revisions) {
    await askForPaths(log, { repository, revision, stream: 'workflow-a' }, ['k8s'])
    const body = Buffer.from(revision)
    await putGitObjects(log, previewStore(repository, revision), [{ oid: oid('a'), type: 'blob', body }], seal)
  }
}

const isKept = async (repository: string, revision: string) =>
  (await getGitObjects(log, previewStore(repository, revision), [oid('a')], seal)).size > 0

test('only so many revisions are kept, those asked about last', async () => {
  await previews('many', ['r1', 'r2', 'r3', 'r4'])
  await askForPaths(log, { repository: 'many', revision: 'r1', stream: 'workflow-a' }, ['k8s'])
  expect(await dropPreviews(log, 'many', { keep: 2, olderThanMs: hour })).toEqual({ dropped: 2, left: 2 })
  const kept = await Promise.all(['r1', 'r2', 'r3', 'r4'].map((revision) => isKept('many', revision)))
  expect(kept).toEqual([true, false, false, true])
})

test('what nobody asked about for long is not kept, and the branch’s own objects are', async () => {
  await previews('old', ['r1', 'r2'])
  await putGitObjects(log, 'old', [{ oid: oid('b'), type: 'blob', body: Buffer.from('head') }], seal)
  await sql`update previewed_path set asked_at = asked_at - interval '2 hours' where revision = 'r1' and repository = 'old'`.execute(
    log.db,
  )
  expect(await dropPreviews(log, 'old', { keep: 9, olderThanMs: hour })).toEqual({ dropped: 1, left: 1 })
  expect(await isKept('old', 'r1')).toBe(false)
  expect(await isKept('old', 'r2')).toBe(true)
  await forgetPreviews(log, 'old')
  expect(await isKept('old', 'r2')).toBe(false)
  expect(await openPaths(log, 'old')).toEqual([])
  expect((await getGitObjects(log, 'old', [oid('b')], seal)).size).toBe(1)
})

test('an object is missing only if it is kept nowhere, or as a way', async () => {
  const both = ['union', previewStore('union', 'r1')]
  const object = (digit: string, type: string) => ({ oid: oid(digit), type, body: Buffer.from(digit) })
  await putGitObjects(log, 'union', [object('1', 'tree'), object('2', 'way'), object('3', 'way')], seal)
  await putGitObjects(log, previewStore('union', 'r1'), [object('2', 'tree'), object('4', 'blob')], seal)
  const oids = ['1', '2', '3', '4', '5'].map(oid)
  expect((await missingGitObjects(log, both, oids)).toSorted()).toEqual([oid('3'), oid('5')])
  expect(await missingGitObjects(log, both, oids, { orAsWay: true })).toEqual([oid('5')])
})
