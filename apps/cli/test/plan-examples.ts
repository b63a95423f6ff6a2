import { cluster } from '@plimsoll/harness'

/** A change in docs/examples/plans, and how docs/plans.md shows its plan. */
export type PlanExample = {
  /** Folder of the example, and id of its workflow. */
  readonly folder: string
  /** What the page calls the output, where one folder gives several. */
  readonly name?: string
  /** The folder that holds the second commit. */
  readonly after?: string
  /** The folder in the repository. */
  readonly path?: string
  /** Of `workflow create`. */
  readonly settings?: readonly string[]
  /** Of `diff`. */
  readonly options?: readonly string[]
  /** What others do in the cluster between the first sync and the diff. */
  readonly meanwhile?: (namespace: string) => Promise<void>
}

export const planExamples: readonly PlanExample[] = [
  { folder: 'image-bump' },
  { folder: 'image-bump', name: 'image-bump-unified', options: ['--unified'] },
  { folder: 'kustomize-overlay', path: 'production', settings: ['--auto-prune'] },
  { folder: 'helm-upgrade', settings: ['--helm-release', 'storefront'] },
  { folder: 'secret-rotation' },
  { folder: 'crd-change' },
  { folder: 'mass-label' },
  { folder: 'scale-down' },
  { folder: 'rbac-widening' },
  { folder: 'prune-half', settings: ['--auto-prune'] },
  { folder: 'immutable-field' },
  { folder: 'immutable-field', name: 'immutable-field-replaced', after: 'annotated' },
  { folder: 'image-bump', name: 'drift', meanwhile: scaleByHand },
  { folder: 'image-bump', name: 'image-bump-markdown', options: ['-o', 'markdown'] },
]

/** What is not in a namespace, and so is left behind by a run. */
export const leftovers = ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions/backups.docs.plimsoll.dev']

async function scaleByHand(namespace: string): Promise<void> {
  using admin = cluster()
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web?fieldManager=kubectl-edit`
  await admin.patch(path, { spec: { replicas: 5 } })
}
