import { boundFaults, faultsText } from '@plimsoll/domain'
import type { AskedPreview, FailureStage, Fault, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { FetchFailedError } from '@plimsoll/manifests'
import { AskedForRevisionError, findRevision, storedOrAsked } from '../source/ask-for-revision.ts'
import { findSource } from '../source/find-source.ts'
import { faultOf } from '../fault-of.ts'
import { unfetched, unknownRevision } from '../plan-fault.ts'
import type { Dependencies } from './planning.ts'

/** So often an unforeseen error is tried again; then the preview is given up, and nothing else is held up by it. */
const crashesAtMost = 2

/** Answers one preview: what a sync of the revision would do, or what it declares. Nothing of it is for a sync. */
export async function previewRevision(
  { log, gitObjects, renderHosts, planRevision, renderRevision }: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  { revision, of }: AskedPreview,
  { stream, crashes, signal }: { readonly stream: string; readonly crashes: number; readonly signal: AbortSignal },
): Promise<WorkflowEvent> {
  const { repository } = config
  try {
    const observed = await findRevision(log, repository, revision, { orAsked: true })
    if (observed === null) throw unknownRevision(revision)
    return await storedOrAsked(log, { repository, revision, stream }, async () => {
      const { source, fault } = await findSource(gitObjects(repository, revision), observed, config, renderHosts)
      if (fault !== undefined) throw fault
      if (of === 'render')
        return { type: 'RevisionRendered', data: await renderRevision(workflow, config, observed, source, signal) }
      const planned = await planRevision(workflow, config, observed, source, signal)
      const { conflicts: _conflicts, changes: _changes, hooks: _hooks, steps: _steps, ...made } = planned
      return { type: 'PreviewMade', data: made }
    })
  } catch (error) {
    if (error instanceof AskedForRevisionError || signal.aborted) throw error
    const fault = faultOf(error, config)
    if (fault !== undefined) return failed({ revision, of }, fault.stage, fault.faults)
    if (error instanceof FetchFailedError) return failed({ revision, of }, 'render', [unfetched(error)])
    if (crashes < crashesAtMost) throw error
    return failed({ revision, of }, 'render', [
      {
        what: 'the revision cannot be previewed',
        where: revision,
        because: 'it failed in a way that nobody foresaw, several times',
        try: 'look at the log of the differ, which says how',
      },
    ])
  }
}

function failed(asked: AskedPreview, stage: FailureStage, faults: readonly Fault[]): WorkflowEvent {
  return {
    type: 'PreviewFailed',
    data: { ...asked, stage, message: faultsText(faults), faults: boundFaults(faults) },
  }
}
