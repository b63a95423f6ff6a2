import { describeRef, fieldManager, isMarked, markLabel, refOf, shortName, shownState } from '@plimsoll/domain'
import type { Conflict, Fault, KubernetesObject, Manifest, ObjectRef, ValueToken } from '@plimsoll/domain'
import { managersOf, remediesOf } from '@plimsoll/kubernetes'
import type { KubernetesError, KubernetesErrorKind } from '@plimsoll/kubernetes'
import { claimantText, handOver } from '@plimsoll/service'
import type { Claimant, WorkflowOf } from '@plimsoll/service'
import { takeOver } from './suggestions.ts'

/** The workflow that plans, and how it hides what nobody may see. */
export type Teller = {
  readonly config: { readonly id: string; readonly sync_policy: { readonly conflict_resolution: 'fail' | 'take' } }
  readonly token: ValueToken
  /** The workflow whose mark it is, if this installation has it. */
  readonly workflowOf: WorkflowOf
}

/**
 * An object of that name that is not ours. It stands in the way unless the policy is to take it; what belongs to another
 * workflow of this installation is never taken, as the two would take it from each other for ever.
 */
export async function alreadyExists(
  { config, token, workflowOf }: Teller,
  desired: KubernetesObject,
  live: KubernetesObject,
): Promise<Conflict> {
  const managers = managersOf(live).filter((manager) => manager !== fieldManager)
  const mark = live.metadata.labels?.[markLabel]
  const claimant = mark === undefined ? undefined : await workflowOf(mark)
  // A copy of an object carries its mark too, and belongs to nobody.
  const isClaimed = claimant !== undefined && mark !== undefined && isMarked(live, mark)
  const takes = config.sync_policy.conflict_resolution === 'take' && !isClaimed
  const { kind, namespace, name } = refOf(live)
  const remove = `kubectl delete ${kind.toLowerCase()} ${name}${namespace === undefined ? '' : ` --namespace=${namespace}`}`
  return {
    ...about(refOf(live), 'resource_exists', !takes),
    manager: managers.length === 0 ? null : managers.join(', '),
    time: textOrNull(live.metadata['creationTimestamp']),
    current_state: shownState(live, token),
    desired_state: shownState(desired, token),
    description: `${describeRef(refOf(live))} lives already and ${belongsTo(mark, claimant)}`,
    suggestions: takes
      ? ['leave it out of the repository, if its owner is to keep it']
      : claimant === undefined
        ? [
            `remove it from the cluster, \`${remove}\`, or from the repository`,
            `take it over as Git declares it: \`${takeOver(config.id)}\``,
          ]
        : [`leave it to ${claimant.id}: remove it from what this workflow declares`, handOver(live, claimant)],
  }
}

function belongsTo(mark: string | undefined, claimant: Claimant | undefined): string {
  if (claimant !== undefined) return `belongs to ${claimantText(claimant)}`
  if (mark !== undefined) return 'carries the mark of another workflow, which this installation does not know'
  return 'does not belong to this workflow'
}

/** What an object is refused for as long as Git declares it so. */
const faultsOfManifest: ReadonlySet<KubernetesErrorKind> = new Set([
  'invalid',
  'immutable',
  'unknown-field',
  'too-large',
])

// A port or an address that another object has is called invalid, too.
function isLasting({ kind, message }: KubernetesError): boolean {
  return faultsOfManifest.has(kind) && !message.includes('already allocated')
}

/** What the API server says no to: for good, or as things stand, as a namespace is missing or there is no room in a quota. */
export function refused({ token }: Pick<Teller, 'token'>, object: KubernetesObject, error: KubernetesError): Conflict {
  return {
    ...about(refOf(object), 'validation', true),
    ...(isLasting(error) && { lasting: true as const }),
    desired_state: shownState(object, token),
    description: error.message,
    suggestions: remediesOf(error),
  }
}

/** An object whose kind neither the cluster nor this revision knows; it was not placed. */
export function unknownKind({
  manifest: { object },
  fault,
}: {
  readonly manifest: Manifest
  readonly fault: Fault
}): Conflict {
  const { where, because, try: remedy } = fault
  return { ...about(refOf(object), 'validation', true), origin: where, description: because, suggestions: [remedy] }
}

/** What all conflicts begin with. */
export function about(
  ref: ObjectRef,
  type: Conflict['type'],
  blocking: boolean,
): Pick<Conflict, 'type' | 'resource' | 'ref' | 'blocking' | 'manager' | 'time'> {
  return { type, resource: shortName(ref), ref, blocking, manager: null, time: null }
}

const titles: Readonly<Record<Conflict['type'], string>> = {
  resource_exists: 'cannot be taken over',
  out_of_sync: 'has fields of others',
  validation: 'is refused by the cluster',
}

export function conflictFault({ type, resource, ref, origin, description, suggestions }: Conflict): Fault {
  return {
    what: `${resource} ${titles[type]}`,
    where: origin ?? describeRef(ref),
    because: description,
    try: suggestions.join('; or '),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
