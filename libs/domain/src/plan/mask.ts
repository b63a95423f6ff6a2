import { stringifyJson } from '../json/lossless-json.ts'
import type { FieldChange } from './plan.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import { changeLeaves, leavesAt } from '../object/sensitive.ts'
import type { SensitiveOf } from '../object/sensitive.ts'

/** Annotations in which tools keep the object as it was applied. */
const copies: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'banzaicloud.com/last-applied',
  'objectset.rio.cattle.io/applied',
])

/**
 * Gives the same short token for the same value, under a key, so that a change shows and the value does not. It brings with
 * it which values of an object are to be hidden, beside those of a Secret.
 */
export type ValueToken = ((value: string) => string) & { readonly sensitiveOf?: SensitiveOf }

/**
 * The object as people may see it: of a Secret, and of what is sensitive in any other object, names are kept, and a token
 * stands for each value.
 */
export function maskObject(object: KubernetesObject, token: ValueToken): KubernetesObject {
  const hide = (leaf: unknown) => token(textOf(leaf))
  // What a Secret holds is hidden anyway, and once.
  const isHidden = (pointer: string) => isSecret(object) && /^\/(?:data|stringData)(?:\/|$)/.test(pointer)
  const named = token.sensitiveOf?.(object) ?? []
  const pointers = named.filter((pointer) => !isIdentity(pointer) && !isHidden(pointer))
  const masked = withAnnotations(changeLeaves(object, pointers, hide), hide, hiddenTexts(object, pointers))
  if (!isSecret(object)) return masked
  // A field whose name is misspelt holds what was meant for another.
  const fields = Object.entries(masked).map(([name, value]) =>
    plainFields.has(name) || value === undefined ? [name, value] : [name, maskValues(value, token)],
  )
  return Object.fromEntries(fields) as KubernetesObject
}

/** What a Secret has beside its values. */
const plainFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable'])

/** What an object is found by cannot be hidden. */
function isIdentity(pointer: string): boolean {
  return /^\/(?:apiVersion|kind|metadata(?:\/(?:name|namespace|uid))?)?$/.test(pointer)
}

// Shorter ones are part of every second word.
const shortestText = 4

/** Texts that are hidden elsewhere in the object, to be found in its annotations. */
function hiddenTexts(object: KubernetesObject, pointers: readonly string[]): readonly string[] {
  const texts = leavesAt(object, isSecret(object) ? ['/data', '/stringData', ...pointers] : pointers)
  return texts
    .flatMap((text) => [text, decoded(text), new TextEncoder().encode(text).toBase64()])
    .filter(({ length }) => length >= shortestText)
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decoded(text: string): string {
  return base64.test(text) ? new TextDecoder().decode(Uint8Array.fromBase64(text)) : ''
}

function withAnnotations(
  object: KubernetesObject,
  hide: (leaf: unknown) => string,
  texts: readonly string[],
): KubernetesObject {
  const { annotations } = object.metadata
  const hidden = Object.entries(annotations ?? {}).filter(
    ([name, value]) => copies.has(name) || texts.some((text) => String(value).includes(text)),
  )
  if (hidden.length === 0) return object
  const masked = Object.fromEntries(hidden.map(([name, value]) => [name, hide(value)]))
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, ...masked } } }
}

export function isSecret({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === 'v1' && kind === 'Secret'
}

/** Whether a field tells a reader something: what the server keeps for itself does not. */
export function isShown({ path }: FieldChange): boolean {
  return (
    !path.startsWith('metadata.managedFields') &&
    !hiddenPaths.some((hidden) => path === hidden || path.startsWith(`${hidden}.`) || path.startsWith(`${hidden}[`))
  )
}

const hiddenPaths = [
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.uid',
  'metadata.creationTimestamp',
  'status',
]

function maskValues(values: unknown, token: ValueToken): unknown {
  if (typeof values !== 'object' || values === null) return token(textOf(values))
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, token(textOf(value))]))
}

// The API server takes texts only; a manifest may hold anything.
function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? stringifyJson(value) : String(value)
}
