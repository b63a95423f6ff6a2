import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import {
  type EventLog,
  forgetWatchedTrees,
  lookAgain,
  pathsOf,
  pathsOfEach,
  setWatchedTrees,
  unwatchPaths,
  watchedPaths,
  watchingStreams,
  watchPaths,
} from './index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

const seen = async (stream: string) =>
  Object.fromEntries((await pathsOf(log, stream)).map((row) => [row.path, row.tree]))

test('a stream watches a set of paths, and only a path that joins it is news', async () => {
  const watch = (...paths: string[]) => watchPaths(log, { stream: 'workflow-a', repository: 'r', paths })
  expect(await watch('overlay')).toBe(true)
  expect(await watch('overlay')).toBe(false)
  await setWatchedTrees(log, [{ stream: 'workflow-a', repository: 'r', path: 'overlay', tree: 't1' }])
  expect(await watch('overlay', 'base', 'base')).toBe(true)
  expect(await seen('workflow-a')).toEqual({ overlay: 't1', base: null })
  expect(await watch('base')).toBe(false)
  expect(await seen('workflow-a')).toEqual({ base: null })
  await unwatchPaths(log, 'workflow-a')
  expect(await seen('workflow-a')).toEqual({})
})

test('the same path of another repository is another path', async () => {
  const path = { stream: 'workflow-b', path: '.' }
  await watchPaths(log, { stream: 'workflow-b', repository: 'one', paths: ['.'] })
  await setWatchedTrees(log, [{ ...path, repository: 'one', tree: 't1' }])
  expect(await watchPaths(log, { stream: 'workflow-b', repository: 'two', paths: ['.'] })).toBe(true)
  await setWatchedTrees(log, [{ ...path, repository: 'one', tree: 't2' }])
  expect(await seen('workflow-b')).toEqual({ '.': null })
  expect(await watchedPaths(log, 'one')).toEqual([])
  expect(await watchedPaths(log, 'two')).toEqual([{ ...path, repository: 'two', tree: null }])
})

test('what was seen can be forgotten, of one path or of a repository', async () => {
  const rows = ['a', 'b', 'c'].map((path) => ({
    stream: 'workflow-c',
    repository: 'third',
    path,
    tree: `tree of ${path}`,
  }))
  await watchPaths(log, { stream: 'workflow-c', repository: 'third', paths: ['a', 'b', 'c'] })
  await setWatchedTrees(log, rows)
  await lookAgain(log, 'workflow-c', ['b', 'x'])
  expect(await seen('workflow-c')).toEqual({ a: 'tree of a', b: null, c: 'tree of c' })
  await forgetWatchedTrees(log, 'third')
  expect(await seen('workflow-c')).toEqual({ a: null, b: null, c: null })
})

test('a stream that watches several paths is one watching stream', async () => {
  await watchPaths(log, { stream: 'workflow-d', repository: 'r', paths: ['a', 'b'] })
  expect((await watchingStreams(log)).filter((stream) => stream === 'workflow-d')).toHaveLength(1)
})

test('what many streams watch is told at once, each with its own', async () => {
  const streams = ['workflow-e', 'workflow-f']
  for (const stream of streams) await watchPaths(log, { stream, repository: 'r', paths: ['b', `a of ${stream}`] })
  const found = await pathsOfEach(log, [...streams, 'workflow-g'])
  expect(found.size).toBe(2)
  for (const stream of streams) expect(found.get(stream)).toEqual(await pathsOf(log, stream))
})
