import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { OwnedObjectSchema, WorkflowStatusSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { objectTable } from './past.ts'
import { statusText } from './status.ts'

const at = timestampFromDate(new Date('2026-11-23T07:00:00Z'))
const ref = (kind: string, name: string) => ({ apiVersion: 'v1', kind, namespace: 'shop', name })
const workflow = create(WorkflowStatusSchema, {
  id: 'shop',
  name: 'shop',
  status: 'degraded',
  reason: 'Drifted.',
  repository: 'shop-repo',
  targetPath: 'k8s',
  drift: {
    objects: [
      {
        ref: ref('Deployment', 'web'),
        what: 'modified',
        fields: ['spec.replicas', 'spec.paused'],
        moreFields: 3,
        manager: 'kubectl-edit',
        time: at,
      },
      { ref: ref('ConfigMap', 'app'), what: 'deleted' },
    ],
    total: 12,
    healAt: at,
  },
  illHealth: {
    objects: [{ ref: ref('Deployment', 'api'), status: 'Degraded', message: '0 of 1\u001b[31m' }],
    total: 1,
  },
})

test('a status names what drifted, by whom and when, what is not shown, and what is unhealthy', () => {
  expect(statusText(workflow, { colour: false })).toBe(
    [
      'Workflow:   shop',
      'Status:     degraded',
      'Reason:     Drifted.',
      'Source:     shop-repo k8s',
      'Drift:      Deployment/web modified by kubectl-edit at 2026-11-23T07:00:00.000Z: spec.replicas, spec.paused and 3 more',
      '            ConfigMap/app deleted',
      '            and 10 more',
      'Put back:   2026-11-23T07:00:00.000Z',
      'Unhealthy:  Deployment/api Degraded: 0 of 1[31m',
      '',
    ].join('\n'),
  )
})

test('the table of objects has a state where one is not as it should be', () => {
  const objects = ['web', 'api', 'other'].map((name) =>
    create(OwnedObjectSchema, { ...ref('Deployment', name), uid: 'u' }),
  )
  const states = (text: string) => text.split('\n').map((line) => line.split(/ {2,}/).at(-1))
  expect(states(objectTable(objects, { width: 200 }, workflow))).toEqual(['STATE', 'modified', 'Degraded', '-', ''])
  expect(states(objectTable(objects, { width: 200 }))[0]).toBe('UID')
})
