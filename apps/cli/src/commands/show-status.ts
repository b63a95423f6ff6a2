import { OwnedObjectSchema, type OwnedObject } from '@plimsoll/proto'
import { allPages } from '@plimsoll/sdk/node'
import type { Context } from '../context.ts'
import { momentText, objectTable, statusJson } from '../output/past.ts'
import { jsonOf, printData } from '../output/print.ts'
import { statusText } from '../output/status.ts'
import { settingsOf } from './workflow.ts'

type Asked = {
  /** Undefined: now. */
  readonly at?: string | undefined
  readonly objects?: boolean | undefined
}

/** Prints the status of a workflow, now or as it was, and if asked for what it owned. */
export async function showStatus(context: Context, workflowId: string, { at, objects }: Asked): Promise<void> {
  const { io, connection, format } = context
  const answer = await connection.gitops.getWorkflowStatus({ workflowId, ...(at !== undefined && { at }) })
  const { workflow, moment } = answer
  if (workflow === undefined) return
  // What `2h` ago is moves on; the status and the objects are to be of one moment.
  const owned = objects ? await objectsOf(context, workflowId, moment && `@${moment.position}`) : undefined
  if (format !== 'human') {
    const list = owned?.map((object) => jsonOf(OwnedObjectSchema, object))
    printData(io, format, { ...statusJson(workflow, moment), ...(list && { objects: list }) })
    return
  }
  // What was set then is told nowhere else.
  if (moment === undefined) io.out(statusText(workflow, io))
  else io.out(statusText(workflow, io, settingsOf(workflow), momentText(moment)))
  if (owned !== undefined) io.out(`\n${objectTable(owned, io, workflow)}`)
}

function objectsOf({ connection }: Context, workflowId: string, at?: string): Promise<readonly OwnedObject[]> {
  const fixed = { workflowId, ...(at !== undefined && { at }) }
  return allPages(
    (page) => connection.gitops.listObjects({ ...fixed, ...page }),
    ({ objects }) => objects,
  )
}
