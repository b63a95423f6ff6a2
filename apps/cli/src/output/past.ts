import { MomentSchema, WorkflowStatusSchema, type Moment, type OwnedObject, type WorkflowStatus } from '@plimsoll/proto'
import type { Io } from '../io.ts'
import { placeOf, statesOf } from './drift.ts'
import { jsonOf } from './print.ts'
import { instant } from './instant.ts'
import { table } from './table.ts'

export function momentText({ position, time }: Moment): string {
  return time === undefined ? 'before the first event' : `${instant(time)}, position ${position}`
}

/** A status as data; one of the past says of which moment, and nothing of conditions, which the log does not have. */
export function statusJson(workflow: WorkflowStatus, moment: Moment | undefined): object {
  const status = jsonOf(WorkflowStatusSchema, workflow) as { readonly conditions?: unknown }
  if (moment === undefined) return status
  const { conditions: _ofNow, ...past } = status
  return { ...past, moment: jsonOf(MomentSchema, moment) }
}

/** What is owned; what is known to be not as it should says so. */
export function objectTable(
  objects: readonly OwnedObject[],
  io: Pick<Io, 'width'>,
  workflow?: Pick<WorkflowStatus, 'drift' | 'illHealth'>,
): string {
  if (objects.length === 0) return 'No objects.\n'
  const states = statesOf(workflow)
  const columns = [
    { title: 'KIND', value: ({ kind }: OwnedObject) => kind },
    { title: 'NAMESPACE', value: ({ namespace }: OwnedObject) => namespace },
    { title: 'NAME', value: ({ name }: OwnedObject) => name },
    { title: 'API VERSION', value: ({ apiVersion }: OwnedObject) => apiVersion },
    { title: 'UID', value: ({ uid }: OwnedObject) => uid },
    ...(states.size === 0
      ? []
      : [{ title: 'STATE', value: (object: OwnedObject) => states.get(placeOf(object)) ?? '' }]),
  ]
  return table(objects, columns, io.width)
}
