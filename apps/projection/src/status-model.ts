import {
  clusterDecider,
  evolveClusterRow,
  evolveRepositoryRow,
  evolveWorkflowRow,
  initialClusterRow,
  initialRepositoryRow,
  initialWorkflowRow,
  parseStream,
  repositoryDecider,
  systemDecider,
  UnknownEventError as UnknownToDomainError,
  workflowDecider,
  type ClusterRow,
  type RepositoryRow,
  type System,
  type WorkflowRow,
} from '@plimsoll/domain'
import { UnknownEventError, type PositionedEvent, type Projection } from '@plimsoll/event-log'

/** What a row holds, by the kind of its stream. */
export type StatusBody = WorkflowRow | RepositoryRow | ClusterRow | System

/**
 * The read model that status queries answer from: one row for each stream, its key the stream's name (`workflow-web`), its body
 * what the domain folds. A row stays when its workflow or repository is deleted, so that whoever must have seen that can.
 * One model for all kinds, so that the log is read once.
 */
export function statusModel(codeHash: string): Projection<StatusBody> {
  return { name: 'status', codeHash, keysOf: ({ stream }) => [stream], evolve }
}

function evolve(body: StatusBody | undefined, event: PositionedEvent): StatusBody {
  try {
    return fold(body, event)
  } catch (cause) {
    if (!(cause instanceof UnknownToDomainError)) throw cause
    throw new UnknownEventError(`${cause.message} (position ${event.position}, ${event.stream})`, { cause })
  }
}

// The row of a stream was made by this same function, so its body is of the stream's kind.
function fold(body: StatusBody | undefined, event: PositionedEvent): StatusBody {
  switch (parseStream(event.stream)?.kind) {
    case 'workflow':
      return evolveWorkflowRow(
        (body as WorkflowRow | undefined) ?? initialWorkflowRow,
        workflowDecider.decode(event),
        event.recordedAt.toISOString(),
      )
    case 'repository':
      return evolveRepositoryRow(
        (body as RepositoryRow | undefined) ?? initialRepositoryRow,
        repositoryDecider.decode(event),
        event.recordedAt.toISOString(),
      )
    case 'cluster':
      return evolveClusterRow(
        (body as ClusterRow | undefined) ?? initialClusterRow,
        clusterDecider.decode(event),
        event.recordedAt.toISOString(),
      )
    case 'system':
      return next(systemDecider, body as System | undefined, event)
    case undefined:
      throw new UnknownToDomainError(event.type, event.schemaVersion)
  }
}

type Fold<State, Event> = {
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly decode: (event: PositionedEvent) => Event
}

function next<State, Event>(
  { initial, evolve, decode }: Fold<State, Event>,
  state: State | undefined,
  event: PositionedEvent,
): State {
  return evolve(state ?? initial, decode(event))
}
