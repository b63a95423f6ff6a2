import { describeRef, refOf, shortName } from '@plimsoll/domain'
import type { Conflict, Fault, KubernetesObject } from '@plimsoll/domain'
import type { KubernetesError } from '@plimsoll/kubernetes'

export function alreadyExists(live: KubernetesObject): Conflict {
  const ref = refOf(live)
  return {
    type: 'resource_exists',
    resource: shortName(ref),
    ref,
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
    description: error.message,
    suggestions: [suggestion(error)],
  }
}

function suggestion({ kind }: KubernetesError): string {
  switch (kind) {
    case 'forbidden':
      return 'give the identity of the cluster connection the right that is named, or limit the workflow by allow'
    case 'namespace-missing':
      return 'declare the Namespace in the repository, or set destination.create_namespace'
    case 'unknown-field':
      return 'check the field for a typing error; kubectl explain shows the fields of a kind'
    case 'unknown-kind':
      return 'check apiVersion and kind, or add the CustomResourceDefinition to the repository'
    case 'immutable':
      return 'keep the value as it is, or delete the object so that it is created anew'
    case 'quota':
      return 'raise the quota of the namespace, or ask for less'
    case 'admission':
      return 'satisfy the policy that is named, or ask its owner for an exception'
    default:
      return 'change the manifest as the message says'
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
