import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt'

export function instant(timestamp: Timestamp | undefined): string {
  return timestamp === undefined ? '' : timestampDate(timestamp).toISOString()
}
