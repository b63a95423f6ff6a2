import type { KubernetesError } from './kubernetes-error.ts'

/** What a person can do about an answer of the API server that no second try changes. */
export function remedyOf({ kind }: KubernetesError): string {
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
    case 'conflict-fields':
      return 'leave these fields out of the manifest, or set sync_policy.conflict_resolution to take'
    case 'conflict-precondition':
      return 'look at the plan anew, then sync again'
    default:
      return 'change the manifest as the message says'
  }
}
