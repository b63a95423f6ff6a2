import { isRecord } from '../json/json.ts'
import type { ImpactRule } from './impact-rule.ts'
import { narrowings } from './schema-narrowing.ts'
import { at, listAt, same, some, textAt } from './subject.ts'
import type { Subject } from './subject.ts'

const definitions = ['apiextensions.k8s.io/CustomResourceDefinition']
const admission = 'admissionregistration.k8s.io'

/** What changes the API itself, for everyone. */
export const extensionRules: readonly ImpactRule[] = [
  {
    name: 'definition-version-removed',
    impact: 'high',
    when: 'a CustomResourceDefinition no longer serves a version',
    types: ['update', 'replace'],
    kinds: definitions,
    finds: ({ before, after }) => {
      const now = servedVersions(after)
      const gone = servedVersions(before).filter((version) => !now.includes(version))
      return gone.length > 0 ? `no longer serves ${some(gone)}` : undefined
    },
  },
  {
    name: 'definition-narrowed',
    impact: 'high',
    when: 'the schema of a CustomResourceDefinition takes less than before: a field is gone or required, a type or a limit is another',
    types: ['update', 'replace'],
    kinds: definitions,
    finds: ({ before, after }) => {
      const found = listAt(after, 'spec', 'versions').flatMap((version) => {
        const name = textAt(version, 'name')
        const old = listAt(before, 'spec', 'versions').find((other) => textAt(other, 'name') === name)
        return narrowings(at(old, 'schema', 'openAPIV3Schema'), at(version, 'schema', 'openAPIV3Schema')).map(
          (text) => `${name}: ${text}`,
        )
      })
      return found.length > 0 ? `takes less than before: ${some(found)}` : undefined
    },
  },
  {
    name: 'definition-storage-changed',
    impact: 'medium',
    when: 'a CustomResourceDefinition stores another version, or converts otherwise',
    types: ['update', 'replace'],
    kinds: definitions,
    finds: ({ before, after }) => {
      const [old, now] = [storedVersion(before), storedVersion(after)]
      if (old !== undefined && now !== undefined && old !== now) return `objects are stored as ${now} instead of ${old}`
      const [strategy, newStrategy] = [before, after].map(
        (crd) => textAt(crd, 'spec', 'conversion', 'strategy') ?? 'None',
      )
      return strategy === newStrategy ? undefined : `conversion ${strategy} -> ${newStrategy}`
    },
  },
  {
    name: 'webhook-fails-closed',
    impact: 'high',
    when: 'a webhook with failurePolicy Fail is new or is asked about other requests',
    types: ['create', 'update', 'replace'],
    kinds: [`${admission}/ValidatingWebhookConfiguration`, `${admission}/MutatingWebhookConfiguration`],
    finds: (subject) => {
      const closed = otherWebhooks(subject).filter((webhook) => (textAt(webhook, 'failurePolicy') ?? 'Fail') === 'Fail')
      if (closed.length === 0) return undefined
      return `while ${some(closed.map((webhook) => textAt(webhook, 'name') ?? 'it'))} does not answer, the API server refuses what it is asked about`
    },
  },
  {
    name: 'admission-changed',
    impact: 'medium',
    when: 'what the API server lets in or changes on the way is decided otherwise (webhooks, admission policies)',
    types: ['create', 'update', 'replace'],
    kinds: [
      'ValidatingWebhookConfiguration',
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
    ].map((kind) => `${admission}/${kind}`),
    finds: (subject) => {
      const changes = subject.kind.endsWith('WebhookConfiguration')
        ? otherWebhooks(subject).length > 0 ||
          listAt(subject.before, 'webhooks').length > listAt(subject.after, 'webhooks').length
        : !same(at(subject.before, 'spec'), at(subject.after, 'spec'))
      return changes ? 'requests of others are decided otherwise' : undefined
    },
  },
  {
    name: 'pod-security-loosened',
    impact: 'high',
    when: 'a Namespace enforces a weaker pod security standard, or none',
    types: ['update', 'replace'],
    kinds: ['/Namespace'],
    finds: ({ before, after }) => {
      const [old, now] = [before, after].map((object) => standardOf(object))
      return old !== undefined && now !== undefined && strength(now) < strength(old)
        ? `enforces ${now} instead of ${old}`
        : undefined
    },
  },
]

function servedVersions(crd: unknown): readonly string[] {
  return listAt(crd, 'spec', 'versions').flatMap((version) =>
    at(version, 'served') === true ? (textAt(version, 'name') ?? []) : [],
  )
}

function storedVersion(crd: unknown): string | undefined {
  return textAt(
    listAt(crd, 'spec', 'versions').find((version) => at(version, 'storage') === true),
    'name',
  )
}

/** Webhooks that are new or say something else; the certificate, which controllers write, is not looked at. */
function otherWebhooks({ before, after }: Subject): readonly unknown[] {
  const old = new Map(
    listAt(before, 'webhooks').map((webhook) => [textAt(webhook, 'name'), withoutCertificate(webhook)]),
  )
  return listAt(after, 'webhooks').filter(
    (webhook) => !same(old.get(textAt(webhook, 'name')), withoutCertificate(webhook)),
  )
}

function withoutCertificate(webhook: unknown): unknown {
  if (!isRecord(webhook) || !isRecord(webhook['clientConfig'])) return webhook
  const { caBundle: _certificate, ...clientConfig } = webhook['clientConfig']
  return { ...webhook, clientConfig }
}

const standards = ['privileged', 'baseline', 'restricted']

function standardOf(namespace: unknown): string {
  return textAt(namespace, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce') ?? 'privileged'
}

function strength(standard: string): number {
  return standards.indexOf(standard)
}
