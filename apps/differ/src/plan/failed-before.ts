import { boundFaults, faultsText, noMetrics } from '@plimsoll/domain'
import type { FailureStage, Fault, WorkflowEvent } from '@plimsoll/domain'

/** The end of a sync that never began to write. */
export function failedBefore(
  syncId: string,
  revision: string | null,
  stage: FailureStage,
  faults: readonly Fault[],
): WorkflowEvent {
  return {
    type: 'SyncFailed',
    data: {
      sync_id: syncId,
      revision,
      stage,
      message: faultsText(faults),
      faults: boundFaults(faults),
      inventory: null,
      metrics: noMetrics,
    },
  }
}
