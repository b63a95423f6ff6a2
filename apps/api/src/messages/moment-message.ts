import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { MomentInLog } from '../queries/point-in-log.ts'

/** What is a Moment, and the beginning of a ComparedPoint. */
export function toMoment({ point, position, time }: MomentInLog) {
  return { point, position: BigInt(position), ...(time !== null && { time: timestampFromDate(time) }) }
}
