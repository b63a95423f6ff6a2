export type Container = { readonly name: string; readonly image: string }

export type Pod = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { readonly kind: string }[]
  }
  readonly spec: {
    readonly nodeName?: string
    readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
  readonly status?: { readonly phase?: string }
}

type Outcome = 'running' | 'completed' | 'crashing' | 'failed'

/**
 * The status that a kubelet would report in the end. A container whose image holds `broken` crashes: for good where
 * the pod may not restart, else in CrashLoopBackOff. A Job's pod completes; any other runs and is ready.
 */
export function podStatus(pod: Pod, podIP: string, now: string): object {
  const outcomes = pod.spec.containers.map((container) => outcomeOf(container, pod))
  const ready = outcomes.every((outcome) => outcome === 'running')
  const reason = ready ? undefined : phaseOf(outcomes) === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'
  const condition = (type: string, met: boolean, why?: string) => ({
    type,
    status: met ? 'True' : 'False',
    lastTransitionTime: now,
    ...(why && { reason: why }),
  })
  return {
    phase: phaseOf(outcomes),
    hostIP: '10.250.0.1',
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: now,
    initContainerStatuses: pod.spec.initContainers?.map((container) =>
      containerStatus(container, 'completed', pod, now),
    ),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, outcomeOf(container, pod), pod, now),
    ),
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', ready, reason),
      condition('Ready', ready, reason),
    ],
  }
}

function outcomeOf(container: Container, pod: Pod): Outcome {
  if (container.image.includes('broken')) return pod.spec.restartPolicy === 'Never' ? 'failed' : 'crashing'
  return pod.metadata.ownerReferences?.some((owner) => owner.kind === 'Job') ? 'completed' : 'running'
}

function phaseOf(outcomes: readonly Outcome[]): string {
  if (outcomes.includes('failed')) return 'Failed'
  return outcomes.every((outcome) => outcome === 'completed') ? 'Succeeded' : 'Running'
}

function containerStatus({ name, image }: Container, outcome: Outcome, pod: Pod, now: string): object {
  const ended = (exitCode: number, reason: string) => ({
    terminated: { exitCode, reason, startedAt: now, finishedAt: now },
  })
  const state = {
    running: { running: { startedAt: now } },
    completed: ended(0, 'Completed'),
    failed: ended(1, 'Error'),
    crashing: { waiting: { reason: 'CrashLoopBackOff', message: `back-off 40s restarting failed container ${name}` } },
  }[outcome]
  return {
    name,
    image,
    imageID: `stand-in://${image}`,
    containerID: `stand-in://${pod.metadata.uid}/${name}`,
    ready: outcome === 'running',
    started: outcome === 'running',
    restartCount: outcome === 'crashing' ? 3 : 0,
    state,
    lastState: outcome === 'crashing' ? ended(1, 'Error') : {},
  }
}
