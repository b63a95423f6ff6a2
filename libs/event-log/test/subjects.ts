import type pg from 'pg'
import type { EventLog } from '../src/index.ts'
import { openConnection, type Subject } from './schedule.ts'

type OpenSubject = Subject & AsyncDisposable

/** The sequencer as it is, or as `setUp` changes it. */
export function sequencer(setUp = ''): (log: EventLog) => Promise<OpenSubject> {
  return (log) =>
    lockingSubject(log, {
      setUp,
      lock: 'select from log_head for update',
      tick: 'select sequence_log(2) as taken',
      log: 'log',
    })
}

/** A reader that remembers the highest id it saw: loses what commits after an event with a higher id. */
export const naiveReader = reader(
  'select id, xid::text from event where id > $1 and $2::text is not null order by id limit 1000',
)

/** The same below the oldest running transaction: loses an event whose transaction is younger than that of a higher id. */
export const belowXminById = reader(
  `select id, xid::text from event
   where id > $1 and $2::text is not null and xid < pg_snapshot_xmin(pg_current_snapshot()) order by id limit 1000`,
)

/** In the order of transaction ids: one that began early and appended late comes before its predecessors. */
export const belowXminByXid = reader(
  `select id, xid::text from event
   where (xid, id) > ($2::xid8, $1) and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, id limit 1000`,
)

/** Takes ids to be settled when all transactions below `bound`, read at an earlier tick, have ended. */
function settledBelow(bound: string): (log: EventLog) => Promise<OpenSubject> {
  const setUp = `
    create table settled_log (position bigint primary key, id bigint not null unique);
    create table settled_head (position bigint not null, low bigint not null, candidate bigint, bound xid8);
    insert into settled_head values (0, 0, null, null);
    create function settled_tick() returns void language plpgsql as $$
    declare head settled_head; begin
      select * into head from settled_head for update;
      if head.bound is null then
        update settled_head set bound = ${bound}, candidate = (select last_value from event_id_seq);
      elsif pg_snapshot_xmin(pg_current_snapshot()) >= head.bound and not exists (
        select from event e where e.id > head.low and e.id <= head.candidate
          and not exists (select from settled_log l where l.id = e.id)) then
        update settled_head set low = head.candidate, bound = null;
        head.low := head.candidate;
      end if;
      with todo as materialized (
        select e.id from event e where e.id > head.low and not exists (select from settled_log l where l.id = e.id)),
      written as (insert into settled_log select head.position + row_number() over (order by id), id from todo returning 1)
      update settled_head set position = position + (select count(*) from written);
    end $$`
  return (log) =>
    lockingSubject(log, {
      setUp,
      lock: 'select from settled_head for update',
      tick: 'select settled_tick(), 0 as taken',
      log: 'settled_log',
    })
}

/** xmax is the last transaction that ended, plus one: a running one may have that very id. */
export const xmaxBounded = settledBelow('pg_snapshot_xmax(pg_current_snapshot())')

/** The sequencer’s own transaction id was given with its lock, so a writer may have a higher one and an id below the mark. */
export const lateXid = settledBelow('pg_current_xact_id()')

type Statements = { readonly setUp: string; readonly lock: string; readonly tick: string; readonly log: string }

/** A sequencer whose tick may be stopped between its lock and its work. */
async function lockingSubject(log: EventLog, { setUp, lock, tick, log: table }: Statements): Promise<OpenSubject> {
  const client = await openConnection(log)
  if (setUp !== '') await client.query(setUp)
  let locked = false
  let position = await lastPosition(client, table)
  const takeLock = async () => {
    if (locked) return
    await client.query('begin')
    await client.query(lock)
    locked = true
  }
  return {
    lock: takeLock,
    async tick() {
      while (((await client.query<{ taken: number }>(tick)).rows[0]?.taken ?? 0) > 0);
      if (locked) await client.query('commit')
      locked = false
      const { rows } = await client.query<{ id: string; position: string }>(
        `select id, position from ${table} where position > $1 order by position`,
        [position],
      )
      position = Number(rows.at(-1)?.position ?? position)
      return rows.map(({ id }) => Number(id))
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function lastPosition(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ position: string | null }>(`select max(position) as position from ${table}`)
  return Number(rows[0]?.position ?? 0)
}

function reader(statement: string): (log: EventLog) => Promise<OpenSubject> {
  return async (log) => {
    const client = await openConnection(log)
    let last = { id: '0', xid: '0' }
    return {
      lock: () => Promise.resolve(),
      async tick() {
        const { rows } = await client.query<{ id: string; xid: string }>(statement, [last.id, last.xid])
        last = rows.at(-1) ?? last
        return rows.map(({ id }) => Number(id))
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  }
}
