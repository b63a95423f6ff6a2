import type { Event } from '@plimsoll/proto'
import { cleanLine } from './clean.ts'
import { instant } from './instant.ts'

/** `12  2026-11-23T07:00:00.000Z  workflow-shop  SyncSucceeded  by syncer: …` */
export function eventLine({ position, recordedAt, stream, type, actor, reason, data }: Event): string {
  const revision = textIn(data, 'revision').slice(0, 10)
  const why = [hookOf(data), triggerOf(data), revision, textIn(data, 'message'), reason].filter((text) => text !== '')
  const line = [
    String(position).padStart(6),
    instant(recordedAt),
    stream.padEnd(24),
    type.padEnd(20),
    `by ${actor}`.padEnd(14),
    why.join('  '),
  ]
  return `${cleanLine(line.join('  ')).trimEnd()}\n`
}

function textIn(data: Event['data'], field: string): string {
  const value = data?.[field]
  return typeof value === 'string' ? value : ''
}

/** `PreSync Job/migrate ok`, of a hook. */
function hookOf(data: Event['data']): string {
  const { phase, hook, ok } = data ?? {}
  if (typeof phase !== 'string' || typeof hook !== 'string') return ''
  return [phase, hook, ...(typeof ok === 'boolean' ? [ok ? 'ok' : 'failed'] : [])].join(' ')
}

/** `manual, asked for by ada`, `auto` or `heal`, of a sync or rollback that is asked for: a further try is recorded by a service. */
function triggerOf(data: Event['data']): string {
  const [trigger, by] = [textIn(data, 'trigger'), textIn(data, 'by')]
  return trigger === '' || by === '' ? trigger : `${trigger}, asked for by ${by}`
}
