import { createHash } from 'node:crypto'
import {
  deleteWorkflow,
  describeRef,
  identityOf,
  isKept,
  pruneGuards,
  type InventoryEntry,
  type Workflow,
  type WorkflowConfig,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { RefusalError } from '../refusal-error.ts'

export type CascadeRequest = { readonly pruneKept: boolean; readonly confirm?: string | undefined }

const namedAtMost = 40

/** A sync has recorded other objects than those that were checked. */
export class ObjectsChangedError extends Error {
  override readonly name = 'ObjectsChangedError'
}

/** Deletes a workflow, with its objects only while they are those of the inventory that was checked. @throws ObjectsChangedError */
export function decideDeletion(
  { cascade, pruneKept }: { readonly cascade: boolean; readonly pruneKept: boolean },
  checked: string | null,
) {
  return (workflow: Workflow): WorkflowEvent[] => {
    if (cascade && workflow.config !== null && workflow.inventory !== checked) throw new ObjectsChangedError()
    return deleteWorkflow(cascade, pruneKept)(workflow)
  }
}

/**
 * Deleting a workflow with its objects passes the guards of a prune: more than its budget, or an object that holds others or
 * data, needs a confirmation of exactly these objects.
 *
 * @throws RefusalError that names them, and says what to confirm with
 */
export function checkCascade(
  { id, sync_policy: { prune_budget: budget } }: WorkflowConfig,
  entries: readonly InventoryEntry[],
  { pruneKept, confirm }: CascadeRequest,
): void {
  const [kept, others] = [entries.filter(isKept), entries.filter((entry) => !isKept(entry))]
  const deleted = pruneKept ? entries : others
  const counts = { deleted: deleted.length, owned: entries.length, kept: (pruneKept ? kept : []).map(describeRef) }
  const reasons = pruneGuards(counts, budget)
  const digest = digestOf(deleted)
  if (reasons.length === 0 || confirm === digest) return
  const command = `plimsoll workflow delete ${id} --cascade${pruneKept ? ' --prune-kept' : ''} --confirm ${digest}`
  const changed = confirm === undefined ? [] : ['these are not the objects that were confirmed']
  throw new RefusalError('precondition', [
    {
      what: `Deleting ${id} with its objects needs a confirmation`,
      where: `workflow ${id}`,
      because: [...changed, ...reasons, listed(deleted), ...(pruneKept ? [] : stays(kept))].join('; '),
      try: `Confirm it with \`${command}\`, or delete the workflow without --cascade, which leaves its objects.`,
    },
  ])
}

/** Tells these objects from any others. */
function digestOf(entries: readonly InventoryEntry[]): string {
  const identities = entries.map((entry) => `${identityOf(entry)}\n${entry.uid}`).toSorted()
  return createHash('sha256').update(identities.join('\0')).digest('hex').slice(0, 12)
}

function listed(entries: readonly InventoryEntry[]): string {
  const more = entries.length - namedAtMost
  const names = entries.slice(0, namedAtMost).map(describeRef).toSorted()
  return `it would delete ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function stays(kept: readonly InventoryEntry[]): readonly string[] {
  return kept.length === 0 ? [] : [`it would keep ${kept.slice(0, namedAtMost).map(describeRef).join(', ')}`]
}
