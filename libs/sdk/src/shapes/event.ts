import type { JsonV1 } from '@plimsoll/proto'

/** One fact of the log. */
export type Event = {
  /** Dense: no position is left out in the whole log. The next one is where to go on reading. */
  readonly position: number
  /** Position of the previous event of the same stream; 0 for its first. */
  readonly previous_in_stream: number
  readonly event_id: string
  /** `repository-<id>`, `workflow-<id>`, `cluster-<id>` or `system`. */
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schema_version: number
  readonly data?: { readonly [name: string]: JsonV1 }
  /** Who. */
  readonly actor: string
  /** Why. */
  readonly reason: string
  readonly command_id: string
  readonly causation_id: string
  readonly correlation_id: string
  /** RFC 3339 */
  readonly recorded_at?: string
  readonly traceparent: string
}
