import type { JetStream } from './jet-stream.ts'

type Prefixed = Pick<JetStream, 'prefix'>

/** What a consumer wants to see; a missing part matches everything. `kind` and `id` are the two parts of a stream's name. */
export type EventFilter = { readonly kind?: string; readonly id?: string; readonly type?: string }

/** `log` after an append; `sequenced` after positions were given; `work.<role>` after work of a role became due. */
export type PokeTopic = 'log' | 'sequenced' | `work.${string}`

/** What is shown while it happens, and kept elsewhere: `hook-output` of a workflow. */
export type LiveTopic = 'hook-output'

/**
 * `plimsoll.events.<kind>.<id>.<Type>`: the stream `workflow-web` has kind `workflow` and id `web`, the stream `system` is `system.system`.
 * A dot in an id would split the token, so it is written as `_`, which no id contains.
 */
export function eventSubject({ prefix }: Prefixed, stream: string, type: string): string {
  const dash = stream.indexOf('-')
  const kind = dash === -1 ? stream : stream.slice(0, dash)
  const id = dash === -1 ? stream : stream.slice(dash + 1)
  return `${prefix}.events.${token(kind)}.${token(id)}.${type}`
}

export function filterSubject({ prefix }: Prefixed, { kind, id, type }: EventFilter): string {
  return `${prefix}.events.${kind ?? '*'}.${id === undefined ? '*' : token(id)}.${type ?? '*'}`
}

/** Every event of the installation. */
export function allEvents({ prefix }: Prefixed): string {
  return `${prefix}.events.>`
}

export function streamName({ prefix }: Prefixed, epoch: number): string {
  return `${streamNamePrefix({ prefix })}${epoch}`
}

export function streamNamePrefix({ prefix }: Prefixed): string {
  return `${prefix.toUpperCase()}_EVENTS_`
}

export function pokeSubject({ prefix }: Prefixed, topic: PokeTopic): string {
  return `${prefix}.poke.${topic}`
}

export function liveSubject({ prefix }: Prefixed, topic: LiveTopic, id: string): string {
  return `${prefix}.${topic}.${token(id)}`
}

function token(text: string): string {
  return text.replaceAll('.', '_')
}
