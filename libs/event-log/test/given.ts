import { randomUUIDv7 } from 'node:crypto'
import { append, type Appended, type Cause, type EventLog, type Json, type NewEvent, sequence } from '../src/index.ts'

export function event(type: string, data: Json = {}): NewEvent {
  return { type, schemaVersion: 1, data }
}

export function cause(commandId: string = randomUUIDv7()): Cause {
  return { commandId, actor: 'tester' }
}

/** Appends one event per type, at the version the stream is expected to have. */
export function given(
  log: EventLog,
  stream: string,
  expectedVersion: number,
  ...types: readonly string[]
): Promise<Appended> {
  return append(log, { stream, expectedVersion, events: types.map((type) => event(type)), cause: cause() })
}

export async function sequenceAll(log: EventLog): Promise<void> {
  while ((await sequence(log, 1_000)) > 0);
}
