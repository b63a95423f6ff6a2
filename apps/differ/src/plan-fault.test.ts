import { KubernetesError } from '@plimsoll/kubernetes'
import { expect, test } from 'vitest'
import {
  emptyPath,
  missingPath,
  PlanFault,
  unknownCluster,
  unknownRevision,
  unplannable,
  unreadableFolder,
  unreadRevision,
  unreadSource,
} from './plan-fault.ts'

const revision = '0123456789abcdef0123456789abcdef01234567'
const refusal = (kind: 'forbidden' | 'invalid') =>
  new KubernetesError({ kind, message: 'it says no', retryable: false })

test.each([
  [missingPath('k8s', revision), 'source', 'k8s', 'revision 0123456789ab has no folder k8s'],
  [emptyPath('k8s'), 'render', 'k8s', 'nothing is pruned'],
  [unreadableFolder('k8s', new Error('a name with a slash')), 'source', 'k8s', 'a name with a slash'],
  [unknownRevision(revision), 'source', revision, 'never the head'],
  [unreadRevision(revision, 'the server does not give it'), 'source', 'revision 0123456789ab', 'does not give it'],
  [unreadSource('shop', null), 'source', 'repository shop', 'was not looked at so far'],
  [unreadSource('shop', 'no route'), 'source', 'repository shop', 'no route'],
  [unknownCluster('typo', []), 'plan', 'cluster typo', 'knows no cluster'],
  [unknownCluster('typo', ['a', 'b']), 'plan', 'cluster typo', 'knows a, b'],
  [unplannable('default', refusal('forbidden')), 'plan', 'cluster default', 'it says no'],
  [unplannable('default', refusal('invalid')), 'plan', 'cluster default', 'it says no'],
])('%s says where, why, and what can be done', (fault, stage, where, because) => {
  expect(fault).toBeInstanceOf(PlanFault)
  expect(fault).toMatchObject({ stage, faults: [{ where, because: expect.stringContaining(because) }] })
  expect(fault.faults[0]?.try).toMatch(/^[a-z].+/)
  expect(fault.message).toContain(fault.faults[0]?.what)
})

test('a right that is missing is asked for by name', () => {
  expect(unplannable('default', refusal('forbidden')).faults[0]?.try).toContain('give the identity')
})
