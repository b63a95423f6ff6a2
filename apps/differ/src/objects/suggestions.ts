import type { KubernetesObject } from '@plimsoll/domain'

/** The command that lets a workflow take over what belongs to others. */
export function takeOver(workflow: string): string {
  return `plimsoll workflow update ${workflow} --conflict-resolution take`
}

/** The setting that leaves fields of an object to others. */
export function ignoreRule({ kind, metadata: { name } }: KubernetesObject, pointers: readonly string[]): string {
  return `ignore: [${JSON.stringify({ kind, name, json_pointers: pointers })}]`
}
