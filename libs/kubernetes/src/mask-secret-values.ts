import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'

const mask = '***'

/**
 * Takes the values out of a message about a Secret: whatever it quotes or prints after "got" or "Invalid value", and each
 * value of the Secret that was sent, in clear and in base64. Names that identify the object stay readable.
 */
export function maskSecretValues(message: string, ref: ObjectRef, sent?: KubernetesObject): string {
  const names = new Set([ref.name, ref.namespace, ref.kind, ref.apiVersion, 'secrets'])
  const [head = ''] = serverPhrase.exec(message) ?? []
  const rest = message.slice(head.length)
  return head + maskRest(rest, names, sent)
}

// How the API server itself begins; what a webhook, a policy or a check says of the values comes after it.
const serverPhrase =
  /^(?:admission webhook "[^"]*" denied the request|Internal error occurred: failed calling webhook "[^"]*"|secrets "[^"]*" is forbidden: (?:User "[^"]*" cannot \w+ resource "[^"]*" in API group "[^"]*"|ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request))/

function maskRest(message: string, names: ReadonlySet<string | undefined>, sent: KubernetesObject | undefined): string {
  return valuesOf(sent)
    .reduce((text, value) => text.replaceAll(value, mask), message)
    .replace(/"((?:[^"\\]|\\.)*)"/g, (quoted, inner: string) => (names.has(inner) ? quoted : `"${mask}"`))
    .replace(/'[^']*[A-Za-z0-9][^']*'|`[^`]*`/g, mask)
    .replace(/\{Value:.*?\}/gs, `{Value:${mask}}`)
    .replace(/(Invalid value: |Unsupported value: |Duplicate value: )(?!")(?:.*?(?=: )|.*$)/gs, `$1${mask}`)
    .replace(/(expected [\w ]+, got )(?!&).*$/gs, `$1${mask}`)
}

function valuesOf(sent: KubernetesObject | undefined): string[] {
  const fields = (field: string): string[] =>
    Object.values((sent?.[field] ?? {}) as Readonly<Record<string, unknown>>).map((value) => String(value))
  const encoded = fields('data').flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')])
  const clear = fields('stringData').flatMap((value) => [value, Buffer.from(value).toString('base64')])
  // Shorter ones would hide every second word, and tell nothing.
  return [...encoded, ...clear].filter(({ length }) => length >= 3).sort((a, b) => b.length - a.length)
}
