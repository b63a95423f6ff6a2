import { pathsOf, setWatchedTrees } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { NotStoredError } from './git-tree.ts'
import { openWatch } from './watch-source.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(() => log[Symbol.asyncDispose]())

const rows = async (stream: string) =>
  Object.fromEntries((await pathsOf(log, stream)).map(({ path, tree }) => [path, tree]))
const see = (stream: string, ...paths: readonly string[]) =>
  setWatchedTrees(
    log,
    paths.map((path) => ({ stream, repository: 'r', path, tree: `tree of ${path}` })),
  )

/** Asks as a finish does; answers whether the poller has to be told. */
async function ask(stream: string, repository: string, ...paths: readonly string[]): Promise<boolean> {
  const also = (await openWatch(log, stream, repository)).ask(paths)
  await also?.(log)
  return also !== undefined
}

test('what is asked for joins what is watched, until it is known what is read', async () => {
  const stream = 'workflow-a'
  await ask(stream, 'r', 'overlay')
  await see(stream, 'overlay')
  const second = await openWatch(log, stream, 'r')
  expect(() => second.require(['overlay', 'base', 'more'])).toThrow(new NotStoredError(['base', 'more']))
  expect(await ask(stream, 'r', 'base', 'more')).toBe(true)
  expect(await ask(stream, 'r', 'base')).toBe(false)
  expect(await rows(stream)).toEqual({ base: null, more: null, overlay: 'tree of overlay' })
  await see(stream, 'base', 'more')
  const third = await openWatch(log, stream, 'r')
  third.require(['overlay', 'base'])
  expect([third.has(['overlay', 'base']), third.isOnly(['overlay', 'base'])]).toEqual([true, false])
  await third.set(['overlay', 'base'])(log)
  expect(await rows(stream)).toEqual({ base: 'tree of base', overlay: 'tree of overlay' })
  expect((await openWatch(log, stream, 'r')).isOnly(['base', 'overlay'])).toBe(true)
})

test('what should have been stored is looked at again', async () => {
  const stream = 'workflow-b'
  await ask(stream, 'r', 'a', 'b')
  await see(stream, 'a', 'b')
  expect(await ask(stream, 'r', 'b')).toBe(true)
  expect(await ask(stream, 'r', 'b')).toBe(false)
  expect(await rows(stream)).toEqual({ a: 'tree of a', b: null })
})

test('paths of another repository are not what is watched', async () => {
  const stream = 'workflow-c'
  await ask(stream, 'r', 'a', 'b')
  await see(stream, 'a', 'b')
  const moved = await openWatch(log, stream, 'other')
  expect(moved.has(['a'])).toBe(false)
  await moved.ask(['a'])?.(log)
  expect(await pathsOf(log, stream)).toEqual([{ stream, repository: 'other', path: 'a', tree: null }])
})
