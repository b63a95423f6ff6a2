import type { SensitiveRule } from '@plimsoll/domain'
import { defined } from './defined.ts'

/** Which objects and fields a rule is about, as a message says it: what is absent matches all. */
type RuleMessage = {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly jsonPointers: string[]
}

export function toRule({ group, kind, namespace, name, jsonPointers }: RuleMessage) {
  return { ...defined({ group, kind, namespace, name }), json_pointers: jsonPointers }
}

export function ofRule({ group, kind, namespace, name, json_pointers: pointers }: SensitiveRule) {
  return {
    ...(group !== null && { group }),
    ...(kind !== null && { kind }),
    ...(namespace !== null && { namespace }),
    ...(name !== null && { name }),
    jsonPointers: [...pointers],
  }
}
