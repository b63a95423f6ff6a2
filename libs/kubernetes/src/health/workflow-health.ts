import type { KubernetesObject } from '@plimsoll/domain'
import { degraded, fieldsOf, progressing, textOf } from './health-status.ts'
import type { Health } from './health-status.ts'

/** A Workflow of Argo Workflows, which tells its phase and no conditions that say the same. */
export function workflowHealth(object: KubernetesObject): Health {
  const { phase, message } = fieldsOf(object, 'status')
  switch (phase) {
    case 'Succeeded':
      return { status: 'Healthy', message: textOf(message) }
    case 'Failed':
    case 'Error':
      return degraded(textOf(message) || `the workflow ended as ${phase}`, true)
    default:
      return progressing(textOf(message) || 'the workflow runs')
  }
}
