import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asStored } from '../../test/as-stored.ts'
import { frozen } from '../../test/frozen.ts'
import { workflowSamples } from '../../test/samples.ts'
import { anyDecision, anyMoves, anyWorld, differ, syncer } from '../../test/workflow-moves.ts'
import type { Move, World } from '../../test/workflow-moves.ts'
import { workflowDecider } from '../deciders.ts'
import { nextPlanning, nextWriting, requestPlan } from './decisions/decisions.ts'
import type { WorkflowEvent } from './events/events.ts'
import { rejectionOf, syncsItself } from './decisions/rollback-decisions.ts'
import type { Workflow } from './state/state.ts'
import { evolveWorkflowRow, initialWorkflowRow, workflowStatus } from './status/status.ts'

const { initial, evolve, encode, decode } = workflowDecider
const fold = (events: readonly WorkflowEvent[], from: Workflow = initial) => events.reduce(evolve, from)
const words = ['active', 'syncing', 'synced', 'degraded', 'failed']

/** Everything that moves record, one after the other; nobody may change what was recorded. */
function eventsOf(moves: readonly Move[]): readonly WorkflowEvent[] {
  return moves.reduce<readonly WorkflowEvent[]>(
    (events, { decide }) => [...events, ...frozen(decide(fold(events)))],
    [],
  )
}

const anyEvent = fc.constantFrom<WorkflowEvent>(...Object.values(workflowSamples))
const stored = (event: WorkflowEvent) => decode(asStored({ ...encode(event) }))

test('a decision that is decided again on its result records nothing', () => {
  fc.assert(
    fc.property(anyMoves, anyDecision, (moves, { decide }) => {
      const workflow = fold(eventsOf(moves))
      expect(decide(fold(decide(workflow), workflow))).toEqual([])
    }),
  )
})

test('only a preview is asked for again: each one that is asked for is answered', () => {
  fc.assert(
    fc.property(anyMoves, (moves) => {
      const workflow = fold(eventsOf(moves))
      const again = requestPlan(null)(fold(requestPlan(null)(workflow), workflow))
      expect(again).toHaveLength(workflow.config === null ? 0 : 1)
    }),
  )
})

test('the same log folds to the same state, as the log gives it back', () => {
  fc.assert(
    fc.property(anyMoves, (moves) => {
      const events = eventsOf(moves)
      expect(fold(events)).toEqual(fold(events))
      expect(fold(events.map(stored))).toEqual(fold(events))
    }),
  )
})

test('a decision on what the log gives back is the same decision', () => {
  fc.assert(
    fc.property(anyMoves, anyDecision, (moves, { decide }) => {
      const events = eventsOf(moves)
      expect(decide(fold(events.map(stored)))).toEqual(decide(fold(events)))
    }),
  )
})

test('no event, on no state, stops a fold, and every state can be read', () => {
  fc.assert(
    fc.property(anyMoves, fc.array(anyEvent, { maxLength: 6 }), anyWorld, (moves, events, world) => {
      const recorded = [...eventsOf(moves), ...events]
      const row = recorded.reduce(
        (before, event) => evolveWorkflowRow(before, event, '2026-11-23T06:30:00Z'),
        initialWorkflowRow,
      )
      expect(row.workflow).toEqual(fold(recorded))
      const status = workflowStatus(row)
      expect([undefined, ...words]).toContain(status?.status)
      expect(status?.reason).not.toBe('')
      expect(differ(world)(row.workflow)).toBeInstanceOf(Array)
      expect(syncer(world)(row.workflow)).toBeInstanceOf(Array)
    }),
  )
})

test('a request waits only behind a sync that writes', () => {
  fc.assert(
    fc.property(anyMoves, (moves) => {
      const { sync, next } = fold(eventsOf(moves))
      expect(next === null || sync?.started !== null).toBe(true)
    }),
  )
})

test('differ and syncer never wait for each other', () => {
  fc.assert(
    fc.property(anyMoves, anyWorld, (moves, { tree, autoSync }) => {
      const workflow = fold(eventsOf(moves))
      const head = { revision: '', tree: '', message: '', author: '', committed_at: '' }
      const waits = nextPlanning(workflow, { head, tree }, autoSync).action === 'wait'
      expect(waits && nextWriting(workflow).action === 'none').toBe(false)
    }),
  )
})

test('by itself, only the plan of the newest tree becomes a sync', () => {
  fc.assert(
    fc.property(anyMoves, fc.constantFrom('t1', 't2'), (moves, tree) => {
      const workflow = fold(eventsOf(moves))
      const head = { revision: '', tree: '', message: '', author: '', committed_at: '' }
      const { action } = nextPlanning(workflow, { head, tree }, true)
      expect(action === 'request-sync' ? workflow.plan?.tree : tree).toBe(tree)
    }),
  )
})

/** What the services record until neither has anything to do; they are not given for ever. */
function rest(workflow: Workflow, world: World): Workflow {
  let state = workflow
  for (let round = 0; round < 12; round++) {
    const events = [...syncer(world)(state)]
    if (events.length === 0) events.push(...differ(world)(state))
    if (events.length === 0) return state
    state = fold(events, state)
  }
  throw new Error(`the services do not come to rest: ${JSON.stringify(state)}`)
}

test('the services come to rest, and leave nothing open', () => {
  const nothing = { leaving: null, sync: null, next: null, wanted: null, reconfigured: false }
  fc.assert(
    fc.property(anyMoves, anyWorld, (moves, world) => {
      const { config, leaving, sync, next, wanted, reconfigured } = rest(fold(eventsOf(moves)), world)
      expect(config === null ? { ...nothing, leaving } : { leaving, sync, next, wanted, reconfigured }).toEqual(nothing)
    }),
  )
})

test('there is no circle: each automatic rollback is of a sync that began and failed, and of each there is one', () => {
  fc.assert(
    fc.property(anyMoves, fc.constantFrom('t1', 't3'), (moves, tree) => {
      let state = fold(eventsOf(moves))
      const asked: string[] = []
      const failed = new Set<string>()
      for (let round = 0; round < 30; round++) {
        const world: World = { tree, autoSync: true, outcome: 'badly' }
        const events = [...syncer(world)(state)]
        if (events.length === 0) events.push(...differ({ ...world, outcome: 'well' })(state))
        if (events.length === 0) break
        for (const { type, data } of events) {
          if (type === 'SyncFailed' && state.sync?.started) failed.add(data.sync_id)
          if (type === 'RollbackRequested') asked.push(data.rollback_id)
        }
        state = fold(events, state)
      }
      expect(new Set(asked).size).toBe(asked.length)
      expect(asked.every((id) => failed.has(id.replace(/^rollback-of-/, '')))).toBe(true)
    }),
  )
})

test('with auto-sync on, the newest tree is applied, was tried and found faulty, or was rejected', () => {
  fc.assert(
    fc.property(anyMoves, fc.constantFrom('t1', 't3'), (moves, tree) => {
      const workflow = rest(fold(eventsOf(moves)), { tree, autoSync: true, outcome: 'well' })
      const { applied, tried, failure } = workflow
      const isKnown = applied?.tree === tree || tried === tree || failure?.tree === tree
      const isRejected = rejectionOf(workflow, { objects: `set:${tree}` }) !== undefined
      expect(isKnown || isRejected || !syncsItself(workflow, true)).toBe(true)
    }),
  )
})
