import { setTimeout as delay } from 'node:timers/promises'
import { follow } from './follow.ts'
import { openApi, type Api, type ApiAccess, type ApiObject } from './open-api.ts'
import { podStatus, type Pod } from './pod-status.ts'
import { boundStatus, type VolumeClaim } from './volume-claim.ts'

export type PodStandInOptions = ApiAccess & {
  /** How long a pod takes to start, in milliseconds. Default 200. */
  readonly startMs?: number
  /** The one node that all pods are bound to. Default `plimsoll`. */
  readonly node?: string
}

const merge = 'application/strategic-merge-patch+json'
const instant = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

/**
 * Stands in for scheduler, kubelet, container runtime and volume provisioner, of which a control plane alone has none:
 * binds pods to a node and writes the status that they would reach (`podStatus` says which), binds volume claims. No
 * container runs. The API server may go away and come back.
 */
export function startPodStandIn(options: PodStandInOptions): AsyncDisposable {
  const { startMs = 200, node = 'plimsoll' } = options
  const api = openApi(options)
  const ended = new AbortController()
  const care = careForPods(api, node, startMs, ended.signal)
  const followed = Promise.all([
    keepNode(api, node, ended.signal),
    follow(api, '/api/v1/pods', (type, pod) => care(type, pod as unknown as Pod), ended.signal),
    follow(api, '/api/v1/persistentvolumeclaims', bindClaims(api), ended.signal),
  ])
  return {
    async [Symbol.asyncDispose]() {
      ended.abort()
      await followed
      api[Symbol.dispose]()
    },
  }
}

/** Makes the node, and again if somebody deletes it. */
async function keepNode(api: Api, name: string, signal: AbortSignal): Promise<void> {
  const path = '/api/v1/nodes'
  const make = async () => {
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
    await api.request('POST', path, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } })
    await api.request('PATCH', `${path}/${name}/status`, { status: nodeStatus(instant()) }, merge)
  }
  const see = (type: 'present' | 'deleted', object: ApiObject) => {
    if (type === 'deleted' && object.metadata.name === name) void make().catch(() => undefined)
  }
  for (let made = false; !made && !signal.aborted;) {
    made = await make().then(
      () => true,
      () => false,
    )
    if (!made) await delay(500, undefined, { signal }).catch(() => undefined)
  }
  await follow(api, path, see, signal)
}

function nodeStatus(now: string): object {
  const resources = { cpu: '1k', memory: '1Ti', pods: '1M' }
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastTransitionTime: now,
    lastHeartbeatTime: now,
  }
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [{ type: 'InternalIP', address: '10.250.0.1' }],
    conditions: [ready],
  }
}

/** There is no provisioner either: a claim is bound as soon as it is seen. */
function bindClaims(api: Api) {
  return (type: 'present' | 'deleted', object: ApiObject): void => {
    const claim = object as unknown as VolumeClaim
    const { name, namespace, deletionTimestamp } = claim.metadata
    if (type === 'deleted' || deletionTimestamp || claim.status?.phase === 'Bound') return
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`
    api.request('PATCH', path, { status: boundStatus(claim) }, merge).catch(() => undefined)
  }
}

/** Each pod goes through its steps once, whatever is heard of it in between; a step that fails is tried at the next word. */
function careForPods(api: Api, node: string, startMs: number, signal: AbortSignal) {
  const busy = new Set<string>()
  let pods = 0
  const address = () => `10.244.${(++pods >> 8) & 255}.${pods & 255}`

  async function step(pod: Pod): Promise<void> {
    const { name, namespace, uid, deletionTimestamp } = pod.metadata
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`
    if (deletionTimestamp) {
      const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } }
      await api.request('DELETE', path, options)
    } else if (!pod.spec.nodeName) {
      const target = { apiVersion: 'v1', kind: 'Node', name: node }
      await api.request('POST', `${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target })
    } else {
      await delay(startMs, undefined, { signal })
      await api.request('PATCH', `${path}/status`, { status: podStatus(pod, address(), instant()) }, merge)
    }
  }

  return (type: 'present' | 'deleted', pod: Pod): void => {
    const { uid } = pod.metadata
    const key = `${stepOf(pod)} ${uid}`
    if (type === 'deleted') for (const done of ['bind', 'start', 'end']) busy.delete(`${done} ${uid}`)
    if (type === 'deleted' || stepOf(pod) === undefined || busy.has(key)) return
    busy.add(key)
    step(pod).catch(() => busy.delete(key))
  }
}

function stepOf(pod: Pod): 'bind' | 'start' | 'end' | undefined {
  if (pod.metadata.deletionTimestamp) return 'end'
  if (!pod.spec.nodeName) return 'bind'
  return pod.status?.phase === undefined || pod.status.phase === 'Pending' ? 'start' : undefined
}
