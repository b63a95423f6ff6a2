import { get, openCluster } from '@plimsoll/kubernetes'
import type { KubernetesObject } from '@plimsoll/kubernetes'
import type { Io } from '../io.ts'
import { table } from '../output/table.ts'

type Spec = {
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: {
    readonly clusterIP?: string
    readonly ports?: readonly { readonly port: number }[]
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
  readonly status?: { readonly phase?: string; readonly readyReplicas?: number; readonly replicas?: number }
}

type Row = { readonly kind: string; readonly name: string; readonly words: string }

/** The objects of the shop as the API server itself has them now. */
export async function clusterText(kubeconfig: string, namespace: string, io: Pick<Io, 'width'>): Promise<string> {
  await using cluster = await openCluster({ kubeconfig })
  const refs = [
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'web-config' },
    { apiVersion: 'v1', kind: 'Service', namespace, name: 'web' },
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' },
  ]
  const rows = await Promise.all(
    refs.map(async (ref): Promise<Row> => {
      const object = await get(cluster, ref)
      return { kind: ref.kind, name: ref.name, words: object === undefined ? 'is not there' : wordsOf(object) }
    }),
  )
  const columns = [
    { title: 'KIND', value: ({ kind }: Row) => kind },
    { title: 'NAME', value: ({ name }: Row) => name },
    { title: 'HAS', value: ({ words }: Row) => words },
  ]
  return table(rows, columns, io.width)
}

function wordsOf(object: KubernetesObject): string {
  const { data, spec, status } = object as Spec
  switch (object.kind) {
    case 'ConfigMap':
      return `greeting "${data?.['greeting']}"`
    case 'Service':
      return `${spec?.clusterIP} port ${spec?.ports?.[0]?.port}`
    case 'Deployment': {
      const image = spec?.template?.spec?.containers?.[0]?.image
      return `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} pods ready, image ${image}`
    }
    default:
      return status?.phase ?? ''
  }
}
