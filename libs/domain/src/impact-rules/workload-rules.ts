import { isRecord } from '../json/json.ts'
import type { Effect } from '../plan/plan.ts'
import type { Finding, ImpactRule } from './impact-rule.ts'
import { containersOf, podTemplateOf } from './pod-template.ts'
import type { PodTemplate } from './pod-template.ts'
import { at, listAt, numberAt, same, some, textAt, textsAt } from './subject.ts'
import type { Subject } from './subject.ts'

/** What runs pods. */
export const workloadRules: readonly ImpactRule[] = [
  {
    name: 'create-workload',
    impact: 'medium',
    when: 'what runs pods is created',
    types: ['create'],
    finds: ({ after }) => (podTemplateOf(after) === undefined ? undefined : 'new pods start'),
  },
  {
    name: 'pod-template-changed',
    impact: 'medium',
    when: 'the pod template of a workload changes',
    types: ['update'],
    finds: templateChange,
  },
  {
    name: 'critical-workload',
    impact: 'high',
    when: 'an object with the annotation `plimsoll.dev/criticality: critical` is deleted, replaced, scaled down, or gets another pod template',
    types: ['update', 'delete', 'replace'],
    finds: (subject) => {
      if (!subject.critical) return undefined
      const [before, after] = [replicasOf(subject.before), replicasOf(subject.after)]
      const scaledDown = before !== undefined && after !== undefined && after < before
      return subject.type !== 'update' || scaledDown || templateChange(subject) !== undefined
        ? 'plimsoll.dev/criticality says that much depends on it'
        : undefined
    },
  },
  {
    name: 'scale-to-zero',
    impact: 'high',
    when: 'a workload is scaled to 0',
    types: ['update', 'replace'],
    effects: ['interrupts_traffic'],
    finds: ({ before, after }) => {
      const [old, now] = [replicasOf(before), replicasOf(after)]
      return now === 0 && old !== undefined && old > 0 ? `${old} -> 0 replicas: nothing of it runs` : undefined
    },
  },
  {
    name: 'scale-down',
    impact: 'medium',
    when: 'a workload loses more than half of its replicas',
    types: ['update', 'replace'],
    finds: ({ before, after }) => {
      const [old, now] = [replicasOf(before), replicasOf(after)]
      return old !== undefined && now !== undefined && now > 0 && now * 2 < old
        ? `${old} -> ${now} replicas`
        : undefined
    },
  },
  {
    name: 'suspended',
    impact: 'medium',
    when: 'a CronJob or Job is suspended',
    types: ['update'],
    kinds: ['batch/CronJob', 'batch/Job'],
    finds: ({ before, after }) =>
      at(after, 'spec', 'suspend') === true && at(before, 'spec', 'suspend') !== true
        ? 'it does not run until it is resumed'
        : undefined,
  },
  {
    name: 'host-access',
    impact: 'high',
    when: 'pods get at their node: privileged, hostNetwork, hostPID, hostIPC, hostPath, or more capabilities',
    types: ['create', 'update', 'replace'],
    finds: ({ before, after }) => {
      const had = new Set(accessOf(podTemplateOf(before)))
      const gained = accessOf(podTemplateOf(after)).filter((access) => !had.has(access))
      return gained.length > 0 ? `pods get at their node: ${some(gained)}` : undefined
    },
  },
]

function templateChange({ kind, before, after }: Subject): Finding | undefined {
  const [old, now] = [podTemplateOf(before), podTemplateOf(after)]
  if (old === undefined || now === undefined) return undefined
  const images = imageChanges(old, now)
  const told = images.length > 0 ? `: ${some(images)}` : ''
  // Of a Pod hardly anything else can change, and nothing else restarts it.
  if (kind === '/Pod')
    return told === '' ? undefined : { text: `its containers are restarted${told}`, effects: ['restarts_pods'] }
  if (same(withoutNull(old), withoutNull(now))) return undefined
  const when = whenUsed(kind, after)
  if (when !== undefined) return `${when}${told}`
  return { text: `its pods are restarted${told}`, effects: ['restarts_pods', ...interruption(kind, after)] }
}

/** When a template comes to use without a restart; undefined where it restarts the pods. */
function whenUsed(kind: string, object: unknown): string | undefined {
  if (kind === 'batch/CronJob' || kind === 'batch/Job') return 'its next pods are others'
  if (kind === 'apps/ReplicaSet' || kind === '/ReplicationController')
    return 'pods that it starts from now on are others'
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete')
    return 'its pods are others once they are deleted'
  if (at(object, 'spec', 'paused') === true) return 'its pods are restarted once it is no longer paused'
  return replicasOf(object) === 0 ? 'none of its pods runs' : undefined
}

function interruption(kind: string, object: unknown): readonly Effect[] {
  if (textAt(object, 'spec', 'strategy', 'type') === 'Recreate') return ['interrupts_traffic']
  const replicas = replicasOf(object)
  if (replicas === undefined) return []
  if (kind === 'apps/StatefulSet') return replicas === 1 ? ['interrupts_traffic'] : []
  const away = at(object, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable')
  const share = typeof away === 'string' ? Math.floor((Number.parseInt(away, 10) / 100) * replicas) : away
  return typeof share === 'number' && share >= replicas ? ['interrupts_traffic'] : []
}

// The API server writes null where a template has no instant of creation, and Git has nothing.
function withoutNull({ metadata, spec }: PodTemplate): unknown {
  const { creationTimestamp: _created, ...rest } = isRecord(metadata) ? metadata : {}
  return { metadata: rest, spec }
}

function imageChanges(before: PodTemplate, after: PodTemplate): readonly string[] {
  const old = new Map(containersOf(before).map((container) => [textAt(container, 'name'), textAt(container, 'image')]))
  return containersOf(after).flatMap((container) => {
    const [name, image] = [textAt(container, 'name'), textAt(container, 'image')]
    const earlier = old.get(name)
    return earlier !== undefined && image !== undefined && earlier !== image
      ? [`${name} runs ${image} instead of ${earlier}`]
      : []
  })
}

function replicasOf(object: unknown): number | undefined {
  return numberAt(object, 'spec', 'replicas')
}

function accessOf(template: PodTemplate | undefined): readonly string[] {
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => at(template, 'spec', field) === true)
  const paths = listAt(template, 'spec', 'volumes').flatMap((volume) => {
    const path = textAt(volume, 'hostPath', 'path')
    return path === undefined ? [] : [`hostPath ${path}`]
  })
  const containers = containersOf(template).flatMap((container) => {
    const name = textAt(container, 'name') ?? ''
    const privileged = at(container, 'securityContext', 'privileged') === true ? [`${name} is privileged`] : []
    const capabilities = textsAt(container, 'securityContext', 'capabilities', 'add')
    return [
      ...privileged,
      ...capabilities.filter((each) => each !== 'NET_BIND_SERVICE').map((each) => `${name} has ${each}`),
    ]
  })
  return [...host, ...paths, ...containers]
}
