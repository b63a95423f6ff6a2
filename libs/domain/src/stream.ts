export type StreamKind = 'repository' | 'workflow' | 'cluster' | 'system'

/** The stream of everything that holds for the whole installation. */
export const systemStream = 'system'

export const repositoryStream = (id: string): string => `repository-${id}`
export const workflowStream = (id: string): string => `workflow-${id}`
export const clusterStream = (id: string): string => `cluster-${id}`

/** Kind and id of a stream; undefined for a stream that this version does not know. */
export function parseStream(stream: string): { readonly kind: StreamKind; readonly id: string } | undefined {
  if (stream === systemStream) return { kind: 'system', id: '' }
  const dash = stream.indexOf('-')
  const kind = stream.slice(0, dash)
  if (kind !== 'repository' && kind !== 'workflow' && kind !== 'cluster') return undefined
  const id = stream.slice(dash + 1)
  return id === '' ? undefined : { kind, id }
}
