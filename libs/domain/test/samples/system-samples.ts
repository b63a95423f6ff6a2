import type { SystemEvent } from '../../src/system.ts'
import type { Samples } from './sample.ts'

export const systemSamples: Samples<SystemEvent> = {
  AutoSyncStarted: { type: 'AutoSyncStarted', data: {} },
  AutoSyncStopped: { type: 'AutoSyncStopped', data: {} },
}
