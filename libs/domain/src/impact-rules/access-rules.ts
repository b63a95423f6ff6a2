import type { ImpactRule } from './impact-rule.ts'
import { at, listAt, same, some, textAt, textsAt } from './subject.ts'
import type { Subject } from './subject.ts'

const group = 'rbac.authorization.k8s.io'
const roles = [`${group}/Role`, `${group}/ClusterRole`]
const bindings = [`${group}/RoleBinding`, `${group}/ClusterRoleBinding`]

/** Who may do what. */
export const accessRules: readonly ImpactRule[] = [
  {
    name: 'rbac-widened',
    impact: 'high',
    when: 'a Role grants more than before, or a binding has more subjects',
    types: ['update', 'replace'],
    kinds: [...roles, ...bindings],
    finds: (subject) => {
      const subjects = newSubjects(subject)
      if (subjects.length > 0) return `grants ${roleOf(subject.after)} to ${some(subjects)}`
      const granted = newGrants(subject)
      if (granted.length > 0) return `grants ${some(granted)}`
      const [before, after] = [at(subject.before, 'aggregationRule'), at(subject.after, 'aggregationRule')]
      return after !== undefined && !same(before, after) ? 'takes in the rights of other roles' : undefined
    },
  },
  {
    name: 'rbac-powerful',
    impact: 'high',
    when: 'a Role comes to grant everything (`*`), or the right to take more rights (escalate, bind, impersonate)',
    types: ['create', 'update', 'replace'],
    kinds: roles,
    finds: (subject) => {
      const powers = newGrants(subject).filter((grant) =>
        /^(?:\*|escalate|bind|impersonate) |^\S+ \*(?: |$)/.test(grant),
      )
      return powers.length > 0 ? `grants ${some(powers)}` : undefined
    },
  },
  {
    name: 'rbac-cluster-admin',
    impact: 'high',
    when: 'someone becomes cluster-admin',
    types: ['create', 'update', 'replace'],
    kinds: bindings,
    finds: (subject) => {
      const subjects = newSubjects(subject)
      return textAt(subject.after, 'roleRef', 'name') === 'cluster-admin' && subjects.length > 0
        ? `makes ${some(subjects)} cluster-admin${subject.kind.endsWith('/RoleBinding') ? ' of the Namespace' : ''}`
        : undefined
    },
  },
  {
    name: 'rbac-granted',
    impact: 'medium',
    when: 'a new binding grants a role',
    types: ['create'],
    kinds: bindings,
    finds: (subject) => `grants ${roleOf(subject.after)} to ${some(newSubjects(subject)) || 'nobody yet'}`,
  },
]

function roleOf(binding: unknown): string {
  return `${textAt(binding, 'roleRef', 'kind') ?? 'Role'} ${textAt(binding, 'roleRef', 'name') ?? ''}`
}

function newSubjects({ before, after }: Subject): readonly string[] {
  const had = new Set(listAt(before, 'subjects').map(subjectText))
  return listAt(after, 'subjects')
    .map(subjectText)
    .filter((subject) => !had.has(subject))
}

function subjectText(subject: unknown): string {
  const namespace = textAt(subject, 'namespace')
  return `${textAt(subject, 'kind') ?? ''} ${namespace === undefined ? '' : `${namespace}/`}${textAt(subject, 'name') ?? ''}`
}

type PolicyRule = {
  readonly groups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly names: readonly string[]
  readonly urls: readonly string[]
}

/** What a role grants and did not before: `delete secrets`, `get /metrics`, `* * of apps`. */
function newGrants({ before, after }: Subject): readonly string[] {
  const old = listAt(before, 'rules')
  const had = old.map(policyRule)
  const fresh = listAt(after, 'rules').filter((rule) => !old.some((other) => same(other, rule)))
  return fresh
    .map(policyRule)
    .flatMap((rule) =>
      rule.verbs.flatMap((verb) => [
        ...rule.urls.filter((url) => !had.some((other) => grantsUrl(other, verb, url))).map((url) => `${verb} ${url}`),
        ...rule.groups.flatMap((api) =>
          rule.resources
            .filter((resource) => !had.some((other) => grants(other, verb, api, resource, rule.names)))
            .map((resource) => `${verb} ${resource}${api === '' ? '' : ` of ${api}`}`),
        ),
      ]),
    )
}

function policyRule(rule: unknown): PolicyRule {
  return {
    groups: textsAt(rule, 'apiGroups'),
    resources: textsAt(rule, 'resources'),
    verbs: textsAt(rule, 'verbs'),
    names: textsAt(rule, 'resourceNames'),
    urls: textsAt(rule, 'nonResourceURLs'),
  }
}

function grants(
  { verbs, groups, resources, names }: PolicyRule,
  verb: string,
  api: string,
  resource: string,
  only: readonly string[],
): boolean {
  const subresource = resource.includes('/') ? `*/${resource.slice(resource.indexOf('/') + 1)}` : ''
  return (
    has(verbs, verb) &&
    has(groups, api) &&
    (has(resources, resource) || (subresource !== '' && resources.includes(subresource))) &&
    (names.length === 0 || (only.length > 0 && only.every((name) => names.includes(name))))
  )
}

function grantsUrl({ verbs, urls }: PolicyRule, verb: string, url: string): boolean {
  return (
    has(verbs, verb) &&
    urls.some((granted) => granted === url || (granted.endsWith('*') && url.startsWith(granted.slice(0, -1))))
  )
}

function has(list: readonly string[], text: string): boolean {
  return list.includes('*') || list.includes(text)
}
