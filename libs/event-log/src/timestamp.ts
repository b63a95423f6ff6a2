import pg from 'pg'

const TIMESTAMPTZ = 1184
const general = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => unknown

/** Reads a `timestamptz` as the driver does, but faster where the server speaks in UTC: each event holds two. */
export function parseTimestamp(text: string): unknown {
  const plain = text[10] === ' ' && text.endsWith('+00') && text.length <= 29
  return plain ? new Date(`${text.slice(0, 10)}T${text.slice(11)}:00`) : general(text)
}
