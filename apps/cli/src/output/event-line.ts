import { shortDigest } from '@plimsoll/domain'
import type { Event } from '@plimsoll/proto'
import { cleanLine } from './clean.ts'
import { instant } from './instant.ts'

/** `12  2026-11-23T07:00:00.000Z  workflow-shop  SyncSucceeded  by syncer: …` */
export function eventLine({ position, recordedAt, stream, type, actor, reason, data }: Event): string {
  const revision = textIn(data, 'revision').slice(0, 10)
  const said = [textIn(data, 'message'), reason || textIn(data, 'reason')]
  const why = [hookOf(data), triggerOf(data, actor), revision, planOf(data), ...said].filter((text) => text !== '')
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

/** `plan 4f1e5a0c9b2d`: that was made, or that is asked for, waits or is approved. */
function planOf(data: Event['data']): string {
  const digest = [textIn(data, 'digest'), textIn(data, 'plan')].find((text) => text.startsWith('plan:'))
  return digest === undefined ? '' : `plan ${shortDigest(digest)}`
}

/**
 * `manual`, `auto` or `heal`, of a sync or rollback that is asked for; `manual, asked for by ada` of a further try, which a
 * service records.
 */
function triggerOf(data: Event['data'], actor: string): string {
  const [trigger, by] = [textIn(data, 'trigger'), textIn(data, 'by')]
  return trigger === '' || by === '' || by === actor ? trigger : `${trigger}, asked for by ${by}`
}
