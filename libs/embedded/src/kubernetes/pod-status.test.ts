import { describe, expect, test } from 'vitest'
import { podStatus, type Pod } from './pod-status.ts'

const pod = (image: string, more: { restartPolicy?: 'Always' | 'OnFailure' | 'Never'; job?: boolean } = {}): Pod => ({
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    ...(more.job && { ownerReferences: [{ kind: 'Job' }] }),
  },
  spec: { restartPolicy: more.restartPolicy ?? 'Always', containers: [{ name: 'main', image }] },
})

describe('the status that a pod reaches', () => {
  test.each([
    {
      title: 'a working image runs and is ready',
      pod: pod('nginx'),
      phase: 'Running',
      ready: 'True',
      state: 'running',
    },
    {
      title: 'a broken image crashes again and again',
      pod: pod('registry/broken:1'),
      phase: 'Running',
      ready: 'False',
      state: 'waiting',
    },
    {
      title: "a Job's pod completes",
      pod: pod('migrate', { job: true, restartPolicy: 'Never' }),
      phase: 'Succeeded',
      ready: 'False',
      state: 'terminated',
    },
    {
      title: "a Job's broken pod that may not restart fails",
      pod: pod('broken', { job: true, restartPolicy: 'Never' }),
      phase: 'Failed',
      ready: 'False',
      state: 'terminated',
    },
    {
      title: "a Job's broken pod that may restart crashes again and again",
      pod: pod('broken', { job: true, restartPolicy: 'OnFailure' }),
      phase: 'Running',
      ready: 'False',
      state: 'waiting',
    },
  ])('$title', ({ pod, phase, ready, state }) => {
    const status = podStatus(pod, '10.244.0.1', '2026-01-01T00:00:00Z') as {
      phase: string
      conditions: { type: string; status: string }[]
      containerStatuses: { state: object }[]
    }
    expect(status.phase).toBe(phase)
    expect(status.conditions.find((condition) => condition.type === 'Ready')?.status).toBe(ready)
    expect(Object.keys(status.containerStatuses[0]?.state ?? {})).toEqual([state])
  })
})
