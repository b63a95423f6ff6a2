import type { KubernetesObject } from '@plimsoll/domain'
import { isMap, isSeq, parseAllDocuments } from 'yaml'
import { joinPath, resolvePath } from '../closure/repository-path.ts'

const annotation = 'config.kubernetes.io/origin'
const field = 'buildMetadata'
const value = 'originAnnotations'

/** A kustomization that makes Kustomize tell where each object comes from; `added` unless it does so anyway. */
export function tellOrigins(body: Uint8Array): { readonly body: Uint8Array; readonly added: boolean } {
  const text = Buffer.from(body).toString('utf8')
  const documents = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false })
  const [document, ...others] = Array.isArray(documents) ? documents : []
  // Whatever is wrong with it, Kustomize will say.
  if (document === undefined || others.length > 0 || document.errors.length > 0) return { body, added: false }
  const { contents } = document
  const known = isMap(contents) ? contents.get(field, true) : undefined
  if (isSeq(known) && known.toJSON().includes(value)) return { body, added: false }
  if (isMap(contents) && !contents.flow && known === undefined && isPlainBlock(text, contents.range?.[0] ?? 0))
    return { body: Buffer.from(`${text}\n${field}: [${value}]\n`), added: true }
  if (!isMap(contents) || (known !== undefined && !isSeq(known))) return { body, added: false }
  if (isSeq(known)) document.addIn([field], value)
  else document.set(field, [value])
  return { body: Buffer.from(document.toString()), added: true }
}

/** Whether a line at the end, without indentation, belongs to the map. */
function isPlainBlock(text: string, start: number): boolean {
  return (start === 0 || text[start - 1] === '\n') && !/^(?:---|\.\.\.)/m.test(text.slice(start))
}

/** Where an object comes from, by its annotation; and the object as it is without that. */
export function takeOrigin(
  object: KubernetesObject,
  target: string,
  added: boolean,
): { readonly object: KubernetesObject; readonly file: string | undefined } {
  const { annotations, ...metadata } = object.metadata as KubernetesObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, unknown>>
  }
  const origin = annotations?.[annotation]
  if (annotations === undefined || typeof origin !== 'string') return { object, file: undefined }
  const told = /^(?:path|configuredIn): (?:"([^"]*)"|'([^']*)'|(.*))$/m.exec(origin)
  const path = told?.[1] ?? told?.[2] ?? told?.[3]
  const isFetched = /^repo: /m.test(origin) || /^https?:\//.test(path ?? '')
  const resolved = path === undefined || isFetched ? undefined : resolvePath(target, path)
  const file = resolved !== undefined && 'path' in resolved ? resolved.path : undefined
  if (!added) return { object, file }
  const { [annotation]: _origin, ...others } = annotations
  const kept = Object.keys(others).length > 0 ? { ...metadata, annotations: others } : metadata
  return { object: { ...object, metadata: kept } as KubernetesObject, file }
}

/** The kustomization of a folder. */
export function kustomizationOf(folder: string, files: ReadonlyMap<string, unknown>): string | undefined {
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
    .map((name) => joinPath(folder, name))
    .find((path) => files.has(path))
}
