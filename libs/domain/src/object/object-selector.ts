import type { Problem } from '../checked.ts'

/** Which objects a rule is about. Null matches all; in `name` and `namespace` a `*` stands for any text. */
export type ObjectSelector = {
  /** API group; the core group is an empty text. */
  readonly group: string | null
  readonly kind: string | null
  readonly namespace: string | null
  readonly name: string | null
}

/** Fields that are left to others: neither shown as a change nor written, on an object that lives. */
export type IgnoreRule = ObjectSelector & {
  /** RFC 6901, such as `/spec/replicas`. */
  readonly json_pointers: readonly string[]
  /** Whatever these field managers own is left to them. */
  readonly managers: readonly string[]
}

/** Fields whose values nobody gets to see, as those of a Secret. */
export type SensitiveRule = ObjectSelector & { readonly json_pointers: readonly string[] }

export type ObjectSelectorRequest = { readonly [Field in keyof ObjectSelector]?: string | null }
export type IgnoreRuleRequest = ObjectSelectorRequest & {
  readonly json_pointers?: readonly string[]
  readonly managers?: readonly string[]
}
export type SensitiveRuleRequest = ObjectSelectorRequest & { readonly json_pointers?: readonly string[] }

const rulesAtMost = 100

export function ignoreRules(requests: readonly IgnoreRuleRequest[], refuse: (problem: Problem) => void): IgnoreRule[] {
  return rulesOf('ignore', requests, refuse, (request, field) => {
    const rule = { ...selectorOf(request), ...pointersOf(request, field, refuse), managers: request.managers ?? [] }
    if (rule.json_pointers.length + rule.managers.length === 0)
      refuse({ field, message: 'names neither json_pointers nor managers: say which fields are left to others' })
    return rule
  })
}

export function sensitiveRules(
  requests: readonly SensitiveRuleRequest[],
  refuse: (problem: Problem) => void,
): SensitiveRule[] {
  return rulesOf('sensitive', requests, refuse, (request, field) => {
    const rule = { ...selectorOf(request), ...pointersOf(request, field, refuse) }
    if (rule.json_pointers.length === 0)
      refuse({ field, message: 'names no json_pointers: say which fields hold what nobody may see' })
    return rule
  })
}

function rulesOf<Request, Rule>(
  field: string,
  requests: readonly Request[],
  refuse: (problem: Problem) => void,
  read: (request: Request, field: string) => Rule,
): Rule[] {
  if (requests.length > rulesAtMost) refuse({ field, message: `holds more than ${rulesAtMost} rules` })
  return requests.slice(0, rulesAtMost).map((request, at) => read(request, `${field}[${at}]`))
}

function selectorOf({ group, kind, namespace, name }: ObjectSelectorRequest): ObjectSelector {
  const given = (text: string | null = null) => (text === '*' ? null : text)
  return { group: given(group), kind: given(kind), namespace: given(namespace), name: given(name) }
}

function pointersOf(
  { json_pointers: pointers = [] }: { readonly json_pointers?: readonly string[] },
  field: string,
  refuse: (problem: Problem) => void,
): { readonly json_pointers: readonly string[] } {
  for (const pointer of pointers)
    if (!/^(?:\/(?:[^~/]|~[01])+)+$/.test(pointer))
      refuse({
        field: `${field}.json_pointers`,
        message: `${JSON.stringify(pointer)} is no JSON pointer: write /spec/replicas, and ~1 for a slash within a name`,
      })
  return { json_pointers: pointers }
}
