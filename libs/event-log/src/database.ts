import type { ColumnType, Generated } from 'kysely'
import type { Json } from './json.ts'

type Timestamp = ColumnType<Date, Date | undefined, Date>

/** The tables as `migrations/` makes them. */
export type Database = {
  readonly stream: { id: string; version: number; created_at: Timestamp }
  readonly event: EventTable
  readonly log: { position: number; id: number; previous_in_stream: number; sequenced_at: Date }
  readonly log_head: { epoch: number; position: number; last_id: number; sequenced_at: Date }
  readonly event_blob: { digest: string; id: number }
  readonly blob: { digest: string; size: number; body: Buffer; created_at: Timestamp; touched_at: Timestamp }
  readonly work: WorkTable
  readonly checkpoint: { service: string; position: number; updated_at: Timestamp }
  readonly projection: ProjectionTable
  readonly projection_row: { generation: number; key: string; body: unknown; version: number; position: number }
  readonly credential: { id: string; sealed: Buffer; updated_at: Timestamp }
  readonly cluster_credential: { cluster: string; fingerprint: string; sealed: Buffer; created_at: Timestamp }
  readonly access_token: AccessTokenTable
  readonly git_object: GitObjectTable
  readonly live_object: LiveObjectTable
  readonly watched_kind: WatchedKindTable
  readonly previewed_path: {
    repository: string
    revision: string
    stream: string
    path: string
    tree: string | null
    refused: string | null
    asked_at: Generated<Date>
  }
  readonly watched_path: { stream: string; repository: string; path: string; tree: string | null }
}

type EventTable = {
  id: number
  event_id: string
  stream: string
  version: number
  type: string
  schema_version: number
  command_id: string
  command_index: number
  causation_id: string | null
  correlation_id: string
  actor: string
  reason: string | null
  traceparent: string | null
  recorded_at: Date
  data: Json
}

export type WorkTable = {
  role: string
  stream: string
  seen: number
  done: number
  poked: boolean
  epoch: number
  owner: string | null
  claimed_at: Date | null
  lease_until: Date | null
  next_at: Date | null
  attempts: number
  crashes: number
  error: string | null
  parked: string | null
  handed_to: string | null
  wake_stream: string | null
  wake_version: number | null
}

type ProjectionTable = {
  generation: Generated<number>
  name: string
  code_hash: string
  live: Generated<boolean>
  position: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

type AccessTokenTable = { name: string; role: string; hash: Buffer; created_at: Timestamp; expires_at: Date | null }

type GitObjectTable = {
  repository: string
  oid: Buffer
  type: string
  sealed: Buffer
  size: number | null
  created_at: Timestamp
}

type LiveObjectTable = {
  cluster: string
  api_group: string
  kind: string
  namespace: string
  name: string
  uid: string
  resource_version: string
  owned_hash: string
  mark: string
  id_annotation: string
  health: string
  present: boolean
  updated_at: Timestamp
}

type WatchedKindTable = {
  cluster: string
  api_group: string
  api_version: string
  resource: string
  requested_at: Timestamp
  synced_at: Date | null
}
