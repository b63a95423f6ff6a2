import type { KubernetesObject } from '@plimsoll/domain'
import { specWrittenAt } from '../managed-fields.ts'
import {
  conditionOf,
  conditionText,
  degraded,
  fieldsOf,
  healthy,
  numberOf,
  progressing,
  recordOf,
  suspended,
  textOf,
  unobserved,
} from './health-status.ts'
import type { Condition, Health } from './health-status.ts'

export function deploymentHealth(object: KubernetesObject): Health {
  const { spec, status } = { spec: fieldsOf(object, 'spec'), status: fieldsOf(object, 'status') }
  if (spec['paused'] === true) return suspended('the Deployment is paused')
  const waiting = unobserved(object)
  if (waiting) return waiting
  const progress = conditionOf(object, 'Progressing')
  if (progress?.reason === 'ProgressDeadlineExceeded' && isOfThisRollout(object, progress))
    return degraded(conditionText(progress), true)
  const wanted = numberOf(spec['replicas'], 1)
  const updated = numberOf(status['updatedReplicas'])
  const all = numberOf(status['replicas'])
  const available = numberOf(status['availableReplicas'])
  const failure = conditionOf(object, 'ReplicaFailure')
  if (failure?.status === 'True' && available < wanted) return degraded(conditionText(failure))
  if (updated < wanted) return progressing(`${updated} of ${wanted} replicas are updated`)
  if (all > updated) return progressing(`${all - updated} old replicas are still to go`)
  if (available < updated) return progressing(`${available} of ${updated} updated replicas are available`)
  return healthy
}

/**
 * Back at a ReplicaSet that it has, as after a rollback, a Deployment says that it is stuck, as it was before, until the old pods
 * are gone. Times are whole seconds, and no deadline is shorter than one.
 */
function isOfThisRollout(object: KubernetesObject, { lastUpdateTime }: Condition): boolean {
  const written = specWrittenAt(object)
  return written === undefined || lastUpdateTime === undefined || Date.parse(lastUpdateTime) > written.getTime()
}

export function statefulSetHealth(object: KubernetesObject): Health {
  const { spec, status } = { spec: fieldsOf(object, 'spec'), status: fieldsOf(object, 'status') }
  const waiting = unobserved(object)
  if (waiting) return waiting
  const wanted = numberOf(spec['replicas'], 1)
  const ready = numberOf(status['readyReplicas'])
  if (ready < wanted) return progressing(`${ready} of ${wanted} replicas are ready`)
  const strategy = recordOf(spec['updateStrategy'])
  if (strategy['type'] === 'OnDelete') return healthy
  const updated = numberOf(status['updatedReplicas'])
  const partition = numberOf(recordOf(strategy['rollingUpdate'])['partition'])
  if (partition > 0) {
    const due = Math.max(0, wanted - partition)
    return updated < due ? progressing(`${updated} of ${due} replicas above the partition are updated`) : healthy
  }
  const current = textOf(status['currentRevision'])
  if (current !== textOf(status['updateRevision'])) return progressing(`${updated} of ${wanted} replicas are updated`)
  return healthy
}

export function daemonSetHealth(object: KubernetesObject): Health {
  const status = fieldsOf(object, 'status')
  const waiting = unobserved(object)
  if (waiting) return waiting
  const wanted = numberOf(status['desiredNumberScheduled'])
  const updated = numberOf(status['updatedNumberScheduled'])
  const available = numberOf(status['numberAvailable'])
  const strategy = recordOf(fieldsOf(object, 'spec')['updateStrategy'])
  if (strategy['type'] !== 'OnDelete' && updated < wanted)
    return progressing(`${updated} of ${wanted} pods are updated`)
  return available < wanted ? progressing(`${available} of ${wanted} pods are available`) : healthy
}

export function replicaSetHealth(object: KubernetesObject): Health {
  const waiting = unobserved(object)
  if (waiting) return waiting
  const failure = conditionOf(object, 'ReplicaFailure')
  if (failure?.status === 'True') return degraded(conditionText(failure))
  const wanted = numberOf(fieldsOf(object, 'spec')['replicas'], 1)
  const available = numberOf(fieldsOf(object, 'status')['availableReplicas'])
  return available < wanted ? progressing(`${available} of ${wanted} replicas are available`) : healthy
}
