import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Inventory, InventoryEntry } from '@plimsoll/domain'
import { BlobMissingError } from '@plimsoll/event-log'
import type { ListObjectsRequest, OwnedObjectSchema } from '@plimsoll/proto'
import { noInventory, vaults } from '@plimsoll/service'
import type { Dependencies } from '../dependencies.ts'
import { toMoment } from '../messages/moment-message.ts'
import { precondition } from '../refusal-error.ts'
import { nextPastPageToken, pastPageOf } from './page.ts'
import { askedMoment, workflowAt, type MomentInLog } from './point-in-log.ts'
import { whyNotKept } from './why-not-kept.ts'

/** The objects that a workflow owned at a moment, from the log and the inventory that its events name. */
export function listObjects(dependencies: Dependencies) {
  return async (request: ListObjectsRequest) => {
    const { log } = dependencies
    const { after, limit, position } = pastPageOf(request)
    const moment = await askedMoment(log, request.at ?? '@now', position)
    const { state } = await workflowAt(log, request.workflowId, moment)
    const { entries } =
      state.inventory === null
        ? noInventory
        : await readInventory(dependencies, request.workflowId, state.inventory, moment)
    const rest = entries
      .map((entry) => ({ key: keyOf(entry), entry }))
      .filter(({ key }) => key > after)
      .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const page = rest.slice(0, limit)
    return {
      objects: page.map(({ entry }) => toOwnedObject(entry)),
      nextPageToken: nextPastPageToken(moment.position, page.at(-1)?.key, rest.length > limit),
      moment: toMoment(moment),
    }
  }
}

async function readInventory(
  dependencies: Dependencies,
  id: string,
  digest: string,
  { point }: MomentInLog,
): Promise<Inventory> {
  const { log, installationKey } = dependencies
  try {
    return await vaults(log, installationKey)(id).get<Inventory>(digest)
  } catch (error) {
    if (!(error instanceof BlobMissingError)) throw error
    throw precondition(
      `The inventory of ${id} at ${point} is not kept any more`,
      point,
      await whyNotKept(dependencies, id),
      'Choose a later moment, or ask for the status alone: the log has it.',
    )
  }
}

/** What an inventory knows beside this are digests of values, and where the sensitive ones are. */
function toOwnedObject({
  apiVersion,
  kind,
  namespace,
  name,
  uid,
}: InventoryEntry): MessageInitShape<typeof OwnedObjectSchema> {
  return { apiVersion, kind, namespace: namespace ?? '', name, uid }
}

function keyOf({ apiVersion, kind, namespace, name }: InventoryEntry): string {
  return [kind, namespace ?? '', name, apiVersion].join('\n')
}
