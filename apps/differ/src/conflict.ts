import { describeRef, refOf, shortName } from '@plimsoll/domain'
import type { Conflict, Fault, KubernetesObject } from '@plimsoll/domain'
import { remedyOf } from '@plimsoll/kubernetes'
import type { KubernetesError } from '@plimsoll/kubernetes'

export function alreadyExists(live: KubernetesObject): Conflict {
  const ref = refOf(live)
  return {
    type: 'resource_exists',
    resource: shortName(ref),
    ref,
    blocking: true,
    manager: null,
    time: null,
    description: `${describeRef(ref)} lives already and does not belong to this workflow`,
    suggestions: [
      'remove it from the cluster or from the repository',
      'set sync_policy.conflict_resolution to take, to take it over as Git declares it',
    ],
  }
}

export function notOurFields(object: KubernetesObject, { conflicts }: KubernetesError): Conflict {
  const ref = refOf(object)
  const owners = [...new Set(conflicts.map(({ manager }) => manager))].join(', ')
  const fields = conflicts.map(({ field }) => field).join(', ')
  return {
    type: 'out_of_sync',
    resource: shortName(ref),
    ref,
    blocking: true,
    manager: owners || null,
    time: null,
    description: `${fields} of ${describeRef(ref)} ${conflicts.length === 1 ? 'belongs' : 'belong'} to ${owners}`,
    suggestions: [
      'leave these fields out of the manifest, so that their owner keeps them',
      'set sync_policy.conflict_resolution to take, to take them over',
    ],
  }
}

/** What the API server says no to, and no second try would change. */
export function refused(object: KubernetesObject, error: KubernetesError): Conflict {
  const ref = refOf(object)
  return {
    type: 'validation',
    resource: shortName(ref),
    ref,
    blocking: true,
    manager: null,
    time: null,
    description: error.message,
    suggestions: [remedyOf(error)],
  }
}

const titles: Readonly<Record<Conflict['type'], string>> = {
  resource_exists: 'cannot be taken over',
  out_of_sync: 'has fields of others',
  validation: 'is refused by the cluster',
}

export function conflictFault({ type, resource, ref, description, suggestions }: Conflict): Fault {
  return {
    what: `${resource} ${titles[type]}`,
    where: describeRef(ref),
    because: description,
    try: suggestions.join('; or '),
  }
}
