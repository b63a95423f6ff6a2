import { cluster } from './cluster.ts'
import { until } from './until.ts'

/** One thing that somebody may do in a cluster; without a namespace, in all of them. */
export type Right = {
  readonly namespace?: string
  readonly verb: string
  /** The API group, empty for the core. */
  readonly group?: string
  readonly resource: string
}

/**
 * Waits until the API server lets a service account, `namespace/name`, do all of this, or with `may` false none of it any more: it
 * hears of a grant a moment after that was written.
 */
export async function untilMay(account: string, rights: readonly Right[], may = true): Promise<void> {
  using view = cluster()
  const [namespace = '', name = ''] = account.split('/')
  const user = `system:serviceaccount:${namespace}:${name}`
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  for (const right of rights) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes: { group: '', ...right } },
    }
    const isSo = async () => {
      const { body } = await view.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
      return (body as { readonly status?: { readonly allowed?: boolean } }).status?.allowed === may
    }
    await until(isSo, { what: `${account} ${may ? 'may' : 'may not'} ${right.verb} ${right.resource}` })
  }
}
