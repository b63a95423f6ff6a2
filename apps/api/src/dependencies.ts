import type { ServiceContext } from '@plimsoll/service'
import type { Changes } from './wait/changes.ts'

/** What the handlers work with. */
export type Dependencies = ServiceContext & {
  /** Whether a folder of this machine may be a remote: only where the user owns the machine. */
  readonly allowFileRemotes: boolean
  /** Whether a registered cluster may be at an address of this machine. */
  readonly allowLoopbackClusters: boolean
  /** Signs webhooks of repositories that have no secret of their own; without it those are refused. */
  readonly webhookSecret: string | undefined
  readonly version: string
  readonly changes: Changes
}
