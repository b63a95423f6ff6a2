import { getBlob } from '@plimsoll/event-log'
import type { Installation } from './installation.ts'

/** A plan as people read it, by its digest. */
export async function planBodyOf({ log }: Installation, digest: string): Promise<string> {
  return Buffer.from(await getBlob(log, digest)).toString('utf8')
}
