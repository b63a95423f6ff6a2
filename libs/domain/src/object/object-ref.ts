/** A Kubernetes object as plain data, field for field what Git or the API server holds. */
export type KubernetesObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly generation?: number
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** Names one object of a cluster; cluster-scoped objects have no namespace. */
export type ObjectRef = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** `group/Kind/namespace/name`: the same object under another version of its API has the same identity. */
export function identityOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace ?? ''}/${name}`
}

/** `Deployment/web-app`, as people say it. */
export function shortName({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string {
  return `${kind}/${name}`
}

/** `Deployment shop/web-app`, for messages about an object of a namespace. */
export function describeRef({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
}
