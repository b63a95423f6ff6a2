import { leavesAt } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'

/** What a request was about. */
export type Asked = {
  readonly ref?: ObjectRef
  /** The object that was sent. */
  readonly sent?: KubernetesObject
  /** JSON pointers of what is to be hidden in it, beside the values of a Secret. */
  readonly sensitive?: readonly string[]
}

const mask = '***'

/**
 * Takes the values out of a message about a Secret, or about an object with more that is sensitive: whatever it quotes or
 * prints after "got" or "Invalid value", and each value that was sent, in clear and in base64. Names that identify the
 * object stay readable.
 */
export function hideValues(message: string, asked: Asked): string {
  const { ref, sensitive = [] } = asked
  if (ref === undefined || (ref.kind !== 'Secret' && sensitive.length === 0)) return message
  const names = new Set([ref.name, ref.namespace, ref.kind, ref.apiVersion, 'secrets'])
  const [head = ''] = serverPhrase.exec(message) ?? []
  return head + hideQuoted(hideValuesSent(message.slice(head.length), asked), names)
}

// How the API server itself begins; what a webhook, a policy or a check says of the values comes after it.
const serverPhrase =
  /^(?:admission webhook "[^"]*" denied the request|Internal error occurred: failed calling webhook "[^"]*"|[\w.-]+ "[^"]*" is forbidden: (?:User "[^"]*" cannot \w+ resource "[^"]*" in API group "[^"]*"|ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request))/

function hideQuoted(message: string, names: ReadonlySet<string | undefined>): string {
  return message
    .replace(/"((?:[^"\\]|\\.)*)"/g, (quoted, inner: string) => (names.has(inner) ? quoted : `"${mask}"`))
    .replace(/'[^']*[A-Za-z0-9][^']*'|`[^`]*`/g, mask)
    .replace(/\{Value:.*?\}/gs, `{Value:${mask}}`)
    .replace(/(Invalid value: |Unsupported value: |Duplicate value: )(?!")(?:.*?(?=: )|.*$)/gs, `$1${mask}`)
    .replace(/(expected [\w ]+, got )(?!&).*$/gs, `$1${mask}`)
}

/** Takes only the values that were sent out of a text. */
export function hideValuesSent(text: string, { ref, sent, sensitive = [] }: Asked): string {
  if (sent === undefined) return text
  const held = ref?.kind === 'Secret' ? leavesAt(sent, ['/data']) : []
  const clear = leavesAt(sent, ref?.kind === 'Secret' ? ['/stringData', ...sensitive] : sensitive)
  const values = [
    ...held.flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')]),
    ...clear.flatMap((value) => [value, Buffer.from(value).toString('base64')]),
  ]
  // Shorter ones would hide every second word, and tell nothing.
  return [...new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]))]
    .filter(({ length }) => length >= 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((hidden, value) => hidden.replaceAll(value, mask), text)
}
