import type { ManifestError, ToolRenderResult } from '../src/index.ts'
import { identity } from '../src/index.ts'

/** Bodies by path. */
export function files(texts: Readonly<Record<string, string | Uint8Array>>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(texts).map(([path, text]) => [path, typeof text === 'string' ? Buffer.from(text) : text]),
  )
}

/** `file identity` of each object, or `file:line message` of each error. */
export function summary(result: ToolRenderResult): string[] {
  if ('objects' in result) return result.objects.map(({ object, file }) => `${file} ${identity(object)}`)
  return result.map(told)
}

export function told({ file, line, message }: ManifestError): string {
  return `${file}:${line} ${message}`
}

export const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: nginx}]}
`

export const configMap = (name: string, extra = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${extra}`
