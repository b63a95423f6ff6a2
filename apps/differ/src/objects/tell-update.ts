import { isSecret, parsePath, updateChange } from '@plimsoll/domain'
import type { ChangeDraft, FieldChange, KubernetesObject, ValueToken } from '@plimsoll/domain'
import { diffFields, ownersOf } from '@plimsoll/kubernetes'
import { isOurs } from './field-conflict.ts'
import { locate } from './find-field.ts'

/**
 * The change from `live` to `after`, with who owns what changes. What only the API server or a webhook changes, in fields that
 * nobody declares, is no change; beside one of ours it is shown as theirs.
 */
export function tellUpdate(
  { token }: { readonly token: ValueToken },
  live: KubernetesObject,
  sent: KubernetesObject,
  after: KubernetesObject,
): ChangeDraft | undefined {
  const told = (field: FieldChange): FieldChange => {
    const owners = ownersOf(live, field.path)
    const managers = [...new Set(owners.map(({ manager }) => manager))]
    const isDeclared = owners.some(isOurs) || ownersOf(after, field.path).some(isOurs) || isSent(sent, field.path)
    return { ...field, ...(managers.length > 0 && { managers }), ...(!isDeclared && { server: true as const }) }
  }
  const change = updateChange(live, after, token, (a, b) => diffFields(a, b).map(told))
  return change?.fields.some(({ server }) => !server) ? change : undefined
}

// The API server moves what `stringData` holds to `data`.
function isSent(sent: KubernetesObject, path: string): boolean {
  const steps = parsePath(path) ?? []
  if (locate(sent, steps) !== undefined) return true
  return isSecret(sent) && locate(sent, [{ field: 'stringData' }, ...steps.slice(1)]) !== undefined
}
