export { type AccessToken, createToken, deleteToken, findToken, listTokens } from './access-token.ts'
export { type Append, append, type Appended, type AppendOptions, MAX_DATA_BYTES } from './append.ts'
export { type BlobOptions, getBlob, getBlobs, putBlob, putBlobs } from './blob/blob.ts'
export { collectBlobs } from './blob/collect-blobs.ts'
export { type BlobReference, dropReferences, type Freed, freedWithout, standingReferences } from './blob/references.ts'
export { causeFrom } from './cause-from.ts'
export { deleteClusterCredentials, getClusterCredential, putClusterCredential } from './cluster-credential.ts'
export { deleteCredential, getCredential, putCredential } from './credential.ts'
export * from './errors.ts'
export type { Actor, Cause, NewEvent, PositionedEvent, StoredEvent } from './event.ts'
export { type EventLog, type EventLogOptions, type Hints, openEventLog, type Session } from './event-log.ts'
export { type Folded, foldStream } from './fold-stream.ts'
export {
  deleteGitObjects,
  getGitObjects,
  type GitObject,
  gitObjectSizes,
  gitTreesSince,
  missingGitObjects,
  putGitObjects,
  sweepGitObjects,
} from './git-object.ts'
export { inTransaction, overLostConnections } from './in-transaction.ts'
export type { Json } from './json.ts'
export {
  deleteLiveObjects,
  forgetCluster,
  type LiveObject,
  marksIn,
  type ObjectKey,
  readLiveObjects,
  upsertLiveObjects,
} from './live-object.ts'
export { lockStream } from './lock-stream.ts'
export { migrate } from './migrate.ts'
export { isConnectionLost } from './postgres-error.ts'
export {
  type AnsweredPath,
  answerPaths,
  askForPaths,
  dropPreviews,
  forgetPreviews,
  openPaths,
  previewedTrees,
  type PreviewedPath,
  previewStore,
  takeRefusal,
} from './previewed-path.ts'
export { catchUp } from './projection/catch-up.ts'
export { type Generation, liveGeneration, makeLive, openGeneration } from './projection/generation.ts'
export type { Projection, ProjectionRow } from './projection/projection.ts'
export { listRows, type Picked, pickFromRows, readRow, readRows, type RowsOptions } from './projection/read-rows.ts'
export { runProjection, type RunProjectionOptions } from './projection/run-projection.ts'
export { head, type LogRange, positionAt, readLog } from './read-log.ts'
export { readStream, type StreamRange } from './read-stream.ts'
export { listStreams, type StreamsPage, streamVersions } from './list-streams.ts'
export { installationKey, InstallationKeyError, type KeySource } from './seal/installation-key.ts'
export { type SealKey, sealKey } from './seal/seal-key.ts'
export { sequence } from './sequence.ts'
export type { Decider } from './decider.ts'
export { transact, type Transacted, type Transaction } from './transact.ts'
export {
  deleteWatchedKind,
  type KindKey,
  markKindSynced,
  readWatchedKinds,
  requestKinds,
  type WatchedKind,
} from './watched-kind.ts'
export { type Claim, claim, type ClaimOptions, release, renew } from './work/claim.ts'
export { checkpointOf, dispatch, type Dispatched, type DispatchOptions } from './work/dispatch.ts'
export { type Finish, finish } from './work/finish.ts'
export { park, unpark } from './work/park.ts'
export type { Poke } from './work/poke.ts'
export { runWork, type RunWorkOptions } from './work/run-work.ts'
export { type Wake, wake } from './work/wake.ts'
export { dueAt, failingStreams, parkedWork, type Work, workOf } from './work/work-of.ts'
export {
  forgetWatchedTrees,
  lookAgain,
  pathsOf,
  pathsOfEach,
  setWatchedTrees,
  unwatchPaths,
  watchedPaths,
  type WatchedPath,
  watchingStreams,
  watchPaths,
} from './watched-path.ts'
