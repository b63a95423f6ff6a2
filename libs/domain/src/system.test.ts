import { expect, test } from 'vitest'
import { systemDecider } from './deciders.ts'
import { startAutoSync, stopAutoSync } from './system.ts'
import type { System, SystemEvent } from './system.ts'
import { given } from './testing.ts'

const started: SystemEvent = { type: 'AutoSyncStarted', data: {} }
const stopped: SystemEvent = { type: 'AutoSyncStopped', data: {} }

test.each<[string, readonly SystemEvent[], (system: System) => readonly SystemEvent[], readonly SystemEvent[]]>([
  ['auto-sync is off until it is started', [], stopAutoSync, []],
  ['auto-sync is started', [], startAutoSync, [started]],
  ['auto-sync is started once', [started], startAutoSync, []],
  ['auto-sync is stopped', [started], stopAutoSync, [stopped]],
  ['auto-sync is stopped once', [started, stopped], stopAutoSync, []],
  ['auto-sync is started again', [started, stopped], startAutoSync, [started]],
])('%s', (_title, events, decide, recorded) => {
  expect(given(systemDecider, ...events).when(decide)).toEqual(recorded)
})
