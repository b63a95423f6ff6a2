import { expect, test } from 'vitest'
import { asStored } from '../../../test/as-stored.ts'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowDecider } from '../../deciders.ts'
import { given } from '../../testing.ts'
import { nextPlanning, nextWriting, requestSync } from '../decisions/decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { previewsAtMost, requestPreview } from './previews.ts'
import type { Workflow } from './state.ts'
import { workflowStatus } from '../status/status.ts'

const { WorkflowCreated: created, PlanMade, PreviewRequested: asked, PreviewMade: made, PreviewFailed: failed } = sample
const { revision } = asked.data
const plan: WorkflowEvent = { type: 'PlanMade', data: { ...PlanMade.data, sync_id: null } }
const askedToRender: WorkflowEvent = { type: 'PreviewRequested', data: { revision, of: 'render' } }
const failedToPlan: WorkflowEvent = { type: 'PreviewFailed', data: { ...failed.data, of: 'plan' } }
const others = Array.from({ length: previewsAtMost }, (_, index): WorkflowEvent => ({
  type: 'PreviewRequested',
  data: { revision: `${index}`, of: 'plan' },
}))

test.each<[string, readonly WorkflowEvent[], readonly WorkflowEvent[]]>([
  ['a preview is asked for', [created], [asked]],
  ['what is asked for already is not asked again', [created, asked], []],
  ['another kind of preview of the same revision is', [created, askedToRender], [asked]],
  ['what was answered is asked again', [created, asked, made], [asked]],
  ['what failed is asked again', [created, asked, failedToPlan], [asked]],
  ['a workflow that is busy with many is asked no more', [created, ...others], []],
  ['a workflow that is not there is asked nothing', [], []],
  ['a workflow that was deleted is asked nothing', [created, sample.WorkflowDeleted], []],
])('%s', (_title, events, expected) => {
  expect(given(workflowDecider, ...events).when(requestPreview(revision, 'plan'))).toEqual(expected)
})

test('answers take away what they answer, and nothing else', () => {
  const { state } = given(workflowDecider, created, asked, askedToRender, made)
  expect(state.previews).toEqual([askedToRender.data])
  expect(given(workflowDecider, created, asked, askedToRender, failed).state.previews).toEqual([asked.data])
  expect(given(workflowDecider, created, askedToRender, sample.RevisionRendered).state.previews).toEqual([])
})

test('a preview changes nothing of what waits, of the status, and of what a service does next', () => {
  const head = { ...sample.PlanMade.data, message: '', author: '', committed_at: '' }
  const newest = { head, tree: sample.PlanMade.data.tree }
  const before = given(workflowDecider, created, plan).state
  // The same tree as the head's, of another revision: it must not be taken for the head's.
  const after = given(workflowDecider, created, plan, asked, made, asked, failedToPlan).state
  expect(after).toEqual(before)
  expect(nextPlanning(after, newest, true)).toEqual(nextPlanning(before, newest, true))
  expect(nextWriting(after)).toEqual({ action: 'none' })
  const seen = (workflow: Workflow) => workflowStatus({ workflow, startTime: null, endTime: null })
  expect(seen(after)).toEqual(seen(before))
})

test('a preview alone is never synced by itself', () => {
  const head = { ...sample.PlanMade.data, message: '', author: '', committed_at: '' }
  const { state } = given(workflowDecider, created, asked, made)
  expect(nextPlanning(state, { head, tree: head.tree }, true)).toMatchObject({ action: 'plan', revision: null })
})

test('a sync of one plan keeps its digest until it ends', () => {
  const { digest } = PlanMade.data
  const { state, when } = given(workflowDecider, created, plan)
  const [event] = when(requestSync('s1', 'manual', 'c0ffee', digest))
  expect(event).toEqual({
    type: 'SyncRequested',
    data: { sync_id: 's1', trigger: 'manual', revision: 'c0ffee', plan: digest, by: null, prune_kept: false },
  })
  if (event === undefined) throw new Error('nothing was recorded')
  const open = workflowDecider.evolve(state, workflowDecider.decode(asStored({ ...workflowDecider.encode(event) })))
  expect(open.sync).toMatchObject({ exactly: digest, revision: 'c0ffee' })
  // A change of the configuration asks for a new plan, and the digest still counts.
  expect(workflowDecider.evolve(open, sample.WorkflowChanged).sync).toMatchObject({ exactly: digest, plan: null })
})
