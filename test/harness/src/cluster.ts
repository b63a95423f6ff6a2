import { openApi, type Api, type ApiObject } from '@plimsoll/embedded'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { testEnvironment } from './test-environment.ts'

/** The cluster, seen without the product's own client. Paths are those of the API, as `/api/v1/namespaces/default/pods`. */
export type Cluster = Disposable & {
  /** The object, or undefined when there is none. */
  get(path: string): Promise<ApiObject | undefined>
  list(path: string): Promise<readonly ApiObject[]>
  /** Server-side apply, as another manager than the product. */
  apply(path: string, object: object, fieldManager?: string): Promise<ApiObject>
  /** A merge patch. */
  patch(path: string, patch: object): Promise<ApiObject>
  /** Deletes the object if it is there; does not wait until it is gone. */
  delete(path: string): Promise<void>
  /** Any request; an answer of any status is a result. */
  readonly request: Api['request']
}

/** Opens the test cluster as its administrator, or with another kubeconfig. */
export function cluster(kubeconfig = testEnvironment('PLIMSOLL_TEST_KUBECONFIG')): Cluster {
  const api = openApi(access(kubeconfig))
  async function ask(method: string, path: string, body?: object, type?: string): Promise<unknown> {
    const { status, body: answer } = await api.request(method, path, body, type)
    if (status === 404 && (method === 'GET' || method === 'DELETE')) return undefined
    if (status >= 300) throw new Error(`${method} ${path}: HTTP ${status} ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    get: async (path) => (await ask('GET', path)) as ApiObject | undefined,
    list: async (path) => ((await ask('GET', path)) as { items: readonly ApiObject[] } | undefined)?.items ?? [],
    apply: async (path, object, fieldManager = 'test') =>
      (await ask(
        'PATCH',
        `${path}?fieldManager=${fieldManager}&force=true`,
        object,
        'application/apply-patch+yaml',
      )) as ApiObject,
    patch: async (path, patch) => (await ask('PATCH', path, patch, 'application/merge-patch+json')) as ApiObject,
    delete: async (path) => void (await ask('DELETE', path)),
    request: (...words) => api.request(...words),
    [Symbol.dispose]: () => api[Symbol.dispose](),
  }
}

type Kubeconfig = {
  readonly clusters: readonly {
    readonly cluster: {
      readonly server: string
      readonly 'certificate-authority'?: string
      readonly 'certificate-authority-data'?: string
    }
  }[]
  readonly users: readonly { readonly user: { readonly token?: string } }[]
}

/** The first cluster and user of a kubeconfig. */
function access(file: string) {
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as Kubeconfig
  const entry = clusters[0]?.cluster
  const token = users[0]?.user.token
  if (!entry || !token) throw new Error(`${file} names no cluster, or no token`)
  const caFile = entry['certificate-authority']
  const data = entry['certificate-authority-data']
  const ca = caFile
    ? readFileSync(resolve(dirname(file), caFile), 'utf8')
    : Buffer.from(data ?? '', 'base64').toString()
  return { server: entry.server, ca, token }
}
