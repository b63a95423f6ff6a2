import type { ServiceAccount } from '@plimsoll/domain'
import { addQuantities } from '@plimsoll/domain'
import type { KubernetesError } from './kubernetes-error.ts'
import type { QuotaAmount, Refusal } from './refusal.ts'

/** What a person can do about an answer of the API server that no second try changes; each way can be typed or is one edit. */
export function remediesOf(error: KubernetesError): readonly string[] {
  const { refusal, ref } = error
  if (refusal === undefined) return [remedyOfKind(error)]
  switch (refusal.cause) {
    case 'right':
      return [grant(refusal), 'limit the workflow to what it may touch by its allow setting']
    case 'impersonation':
      return [grantImpersonation(refusal, error.account), 'name another destination.service_account, or none']
    case 'escalation':
      return [
        'give the identity of the cluster connection the rights that the object grants',
        `let it grant rights that it does not have: \`kubectl create clusterrole plimsoll-escalate --verb=escalate,bind --resource=roles.rbac.authorization.k8s.io,clusterroles.rbac.authorization.k8s.io && ${bind('clusterrolebinding', 'plimsoll-escalate', 'clusterrole', refusal.user, null)}\``,
      ]
    case 'quota':
      return [...raisedQuota(refusal.quota, refusal.amounts, ref?.namespace), 'ask for less']
    case 'quota-unsaid':
      return [
        `say ${refusal.resources.join(' and ')} in the resources of every container, or let a LimitRange give a default`,
      ]
    case 'limit-range':
      return [
        `keep within the limits that \`kubectl describe limitrange${inNamespace(ref?.namespace)}\` shows`,
        `change them: \`kubectl edit limitrange${inNamespace(ref?.namespace)}\``,
      ]
    case 'pod-security':
      return [
        'set what the message names in the securityContext of the Pod and of its containers',
        ...(ref?.namespace === undefined
          ? []
          : [
              `lower the level of the namespace: \`kubectl label namespace ${ref.namespace} --overwrite pod-security.kubernetes.io/enforce=${refusal.level === 'restricted' ? 'baseline' : 'privileged'}\``,
            ]),
      ]
    case 'policy':
      return [
        'change the manifest as the policy says',
        `see what it asks for: \`kubectl get validatingadmissionpolicy ${refusal.policy} --output yaml\`; what it binds: \`kubectl get validatingadmissionpolicybinding ${refusal.binding} --output yaml\``,
      ]
    case 'webhook':
      return [
        'change the manifest as the webhook says',
        `find out who runs it: \`${findWebhook}\`, and look for ${refusal.webhook}`,
      ]
    case 'webhook-down':
      return [`bring ${refusal.webhook} back; \`${findWebhook}\` shows where it should answer`]
    case 'schema':
    case 'immutable':
      return [remedyOfKind(error)]
  }
}

/** The same in one sentence. */
export function remedyOf(error: KubernetesError): string {
  return remediesOf(error).join('; or ')
}

const findWebhook = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations --output yaml'

function remedyOfKind({ kind, ref, refusal }: KubernetesError): string {
  switch (kind) {
    case 'forbidden':
      return 'give the identity of the cluster connection the right that is named, or limit the workflow by allow'
    case 'namespace-missing':
      return `declare the Namespace in the repository, make it${ref?.namespace === undefined ? '' : ` with \`kubectl create namespace ${ref.namespace}\``}, or set destination.create_namespace to true`
    case 'unknown-field':
      return `check the field for a typing error; ${explain(ref?.kind, refusal)} shows what there is`
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
    case 'too-large':
      return 'split the object: the API server takes about 1.5 MiB'
    default:
      return refusal?.cause === 'schema' && refusal.fields.length > 0
        ? `correct ${refusal.fields.join(', ')}; ${explain(ref?.kind, refusal)} shows what fits`
        : 'change the manifest as the message says'
  }
}

// The field above the one that is wrong is one that there is.
function explain(kind: string | undefined, refusal: Refusal | undefined): string {
  const [field = ''] = refusal?.cause === 'schema' ? refusal.fields : []
  const parents = field
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('.')
    .slice(0, -1)
  return `\`kubectl explain ${[kind?.toLowerCase() ?? 'KIND', ...parents].join('.')}\``
}

// What planning, applying and pruning one object takes.
const neededVerbs = ['get', 'create', 'patch', 'delete']

function grant({ user, verb, resource, namespace }: Extract<Refusal, { readonly cause: 'right' }>): string {
  const verbs = neededVerbs.includes(verb) ? neededVerbs : [verb]
  const [kind, binding] = namespace === null ? ['clusterrole', 'clusterrolebinding'] : ['role', 'rolebinding']
  const name = `plimsoll-${resource.replaceAll(/[./]/g, '-')}`
  const role = `kubectl create ${kind} ${name}${inNamespace(namespace)} --verb=${verbs.join(',')} --resource=${resource}`
  return `let ${user} do it: \`${role} && ${bind(binding, name, kind, user, namespace)}\``
}

function grantImpersonation(
  { user }: Extract<Refusal, { readonly cause: 'impersonation' }>,
  account: ServiceAccount | undefined,
): string {
  if (account === undefined) return `let ${user} impersonate it`
  const { namespace, name } = account
  const role = `plimsoll-impersonate-${name}`
  return `let ${user} act as it: \`kubectl create role ${role} --namespace=${namespace} --verb=impersonate --resource=serviceaccounts --resource-name=${name} && ${bind('rolebinding', role, 'role', user, namespace)}\``
}

function bind(binding: string, name: string, role: string, user: string, namespace: string | null): string {
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user) ?? []
  const subject = account === undefined ? `--user=${user}` : `--serviceaccount=${account}`
  return `kubectl create ${binding} ${name}${inNamespace(namespace)} --${role}=${name} ${subject}`
}

/** The command that makes the quota just large enough. */
function raisedQuota(quota: string, amounts: readonly QuotaAmount[], namespace: string | undefined): readonly string[] {
  const hard: Record<string, string> = {}
  for (const { resource, used, requested } of amounts) {
    const sum = addQuantities(used, requested)
    if (sum === undefined) return ['raise the quota of the namespace']
    hard[resource] = sum
  }
  const patch = JSON.stringify({ spec: { hard } })
  return [
    `raise it: \`kubectl patch resourcequota ${quota}${inNamespace(namespace)} --type=merge --patch='${patch}'\`, in Git too if it is declared there`,
  ]
}

function inNamespace(namespace: string | null | undefined): string {
  return namespace === null || namespace === undefined ? '' : ` --namespace=${namespace}`
}
