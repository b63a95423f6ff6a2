import { randomBytes } from 'node:crypto'
import { identityOf, isMarked, refOf, workflowConfig } from '@plimsoll/domain'
import type {
  Inventory,
  KubernetesObject,
  Manifest,
  ObjectRef,
  Steps,
  WorkflowConfig,
  WorkflowRequest,
} from '@plimsoll/domain'
import { cluster as openView, freshNamespace, testEnvironment } from '@plimsoll/harness'
import type { Cluster as View } from '@plimsoll/harness'
import { get, openCluster, ownedHash } from '@plimsoll/kubernetes'
import { applySteps, resultingInventory } from '@plimsoll/service'
import type { Outcome, Writer } from '@plimsoll/service'
import type { LiveObject } from '../src/cluster/live-objects.ts'
import { planSync } from '../src/plan/plan-sync.ts'
import type { SyncPlan } from '../src/plan/plan-sync.ts'

export type PlanRequest = Partial<Omit<WorkflowRequest, 'id' | 'repository'>> & { readonly isPreview?: boolean }

/** One workflow's objects in a namespace of their own, planned and synced as the services do it, without log and Git. */
export type Planning = AsyncDisposable & {
  readonly namespace: string
  /** The cluster as others see and change it. */
  readonly view: View
  readonly mark: string
  /** Plans what Git would hold. */
  readonly plan: (objects: readonly KubernetesObject[], request?: PlanRequest) => Promise<SyncPlan>
  /** Plans and carries out; throws what fails. Answers the plan. */
  readonly sync: (objects: readonly KubernetesObject[], request?: PlanRequest) => Promise<SyncPlan>
  readonly live: (ref: KubernetesObject | ObjectRef) => Promise<KubernetesObject | undefined>
}

const hash = (text: string) => `digest of ${text}`

/** `kubeconfig` is of who plans and syncs; what a test looks at does not go through it. */
export async function openPlanning(kubeconfig = testEnvironment('PLIMSOLL_TEST_KUBECONFIG')): Promise<Planning> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await openCluster({ kubeconfig }))
  const own = stack.use(await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') }))
  const view = stack.use(openView())
  const namespace = await freshNamespace()
  const mark = randomBytes(8).toString('hex')
  let inventory: Inventory = { entries: [] }
  let last: ReadonlyMap<string, KubernetesObject> = new Map()

  const read = (ref: ObjectRef) => get(own, ref).catch(() => undefined)
  const seen = async (refs: readonly ObjectRef[]): Promise<ReadonlyMap<string, LiveObject>> => {
    const objects = await Promise.all(refs.map(read))
    return new Map(
      objects.flatMap((object) => {
        if (object === undefined || !isMarked(object, mark)) return []
        const ref = refOf(object)
        const owned = ownedHash(object, 'plimsoll', hash)
        return [[identityOf(ref), { ref, uid: object.metadata.uid ?? '', owned }] as const]
      }),
    )
  }
  const plan: Planning['plan'] = async (objects, { isPreview = true, ...request } = {}) => {
    const live = await seen([...objects.map(refOf), ...inventory.entries])
    const planner = {
      cluster,
      config: configOf(request),
      mark,
      token: (value: string) => `(masked ${value.length})`,
      hash,
      workflowOf: async () => undefined,
      isPreview,
      signal: AbortSignal.timeout(120_000),
    }
    const facts = {
      desired: objects.map(manifestOf),
      unplaced: [],
      inventory,
      live,
      previous: async (identity: string) => last.get(identity),
    }
    return planSync(planner, facts)
  }
  const sync: Planning['sync'] = async (objects, request = {}) => {
    const planned = await plan(objects, { isPreview: false, ...request })
    const blocking = planned.conflicts.filter((conflict) => conflict.blocking)
    if (blocking.length > 0) throw new Error(blocking.map(({ description }) => description).join('\n'))
    const writer: Writer = {
      cluster,
      config: configOf(request),
      mark,
      hash,
      mayWrite: () => {},
      backUp: async () => {},
      isResumed: false,
      signal: AbortSignal.timeout(120_000),
    }
    const outcomes: Outcome[] = []
    await applySteps(writer, planned.steps, (outcome) => outcomes.push(outcome))
    for (const outcome of outcomes) if (outcome.done === 'failed') throw new Error(outcome.fault.because)
    inventory = resultingInventory(inventory, planned as unknown as Steps, outcomes)
    last = new Map(objects.map((object) => [identityOf(refOf(object)), object]))
    return planned
  }
  const opened = stack.move()
  return {
    namespace,
    view,
    mark,
    plan,
    sync,
    live: (named) => get(own, 'metadata' in named ? refOf(named) : named),
    [Symbol.asyncDispose]: async () => {
      await view.delete(`/api/v1/namespaces/${namespace}`)
      await opened.disposeAsync()
    },
  }
}

function configOf({ isPreview: _isPreview, ...request }: PlanRequest): WorkflowConfig {
  const config = workflowConfig({ id: 'w', repository: 'r', ...request })
  if (!config.ok) throw new Error(JSON.stringify(config))
  return config.value
}

function manifestOf(object: KubernetesObject): Manifest {
  return { object, digest: `git ${JSON.stringify(object)}`, origin: 'a.yaml:1' }
}
