import type { KubernetesObject } from '@plimsoll/domain'
import {
  conditionOf,
  conditionText,
  degraded,
  fieldsOf,
  healthy,
  listOf,
  progressing,
  recordOf,
  textOf,
} from './health-status.ts'
import type { Fields, Health } from './health-status.ts'

/** A pod that restarts by policy `Always` is to be ready; any other is to end well. */
export function podHealth(object: KubernetesObject): Health {
  const status = fieldsOf(object, 'status')
  const containers = [...listOf(status['initContainerStatuses']), ...listOf(status['containerStatuses'])]
  const always = textOf(fieldsOf(object, 'spec')['restartPolicy'] ?? 'Always') === 'Always'
  switch (status['phase']) {
    case 'Succeeded':
      return healthy
    case 'Failed':
      return degraded(
        textOf(status['message']) || failureOf(containers) || textOf(status['reason']) || 'the pod failed',
        true,
      )
    case 'Running':
      return always ? runningHealth(object, containers) : (stuck(containers) ?? progressing('the pod runs to its end'))
    default:
      return stuck(containers) ?? pendingHealth(object)
  }
}

function runningHealth(object: KubernetesObject, containers: readonly Fields[]): Health {
  const broken = stuck(containers)
  if (broken) return broken
  const ready = conditionOf(object, 'Ready')
  if (ready?.status === 'True') return healthy
  const restarted = containers.find(({ lastState }) => recordOf(lastState)['terminated'] !== undefined)
  if (restarted) return degraded(`container ${textOf(restarted['name'])} ended and is not ready again`)
  return progressing('the pod runs and is not ready')
}

function pendingHealth(object: KubernetesObject): Health {
  const scheduled = conditionOf(object, 'PodScheduled')
  return progressing(scheduled?.status === 'False' ? conditionText(scheduled) : 'the pod is pending')
}

// Waiting reasons such as ErrImagePull, ImagePullBackOff, CrashLoopBackOff, CreateContainerConfigError, InvalidImageName.
function stuck(containers: readonly Fields[]): Health | undefined {
  for (const container of containers) {
    const waiting = recordOf(recordOf(container['state'])['waiting'])
    const reason = textOf(waiting['reason'])
    if (/^(Err|.*Error$|.*BackOff$|InvalidImageName$)/.test(reason)) {
      const message = textOf(waiting['message'])
      return degraded(`container ${textOf(container['name'])}: ${reason}${message && `: ${message}`}`)
    }
  }
  return undefined
}

function failureOf(containers: readonly Fields[]): string {
  for (const container of containers) {
    const terminated = recordOf(recordOf(container['state'])['terminated'])
    const { exitCode, reason, message } = terminated
    if (typeof exitCode === 'number' && exitCode !== 0)
      return `container ${textOf(container['name'])} ended with code ${exitCode}: ${textOf(message) || textOf(reason)}`
  }
  return ''
}
