import { testEnvironment } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { openCluster, serverVersion } from './index.ts'

test('a server tells its version', async () => {
  await using cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  expect(await serverVersion(cluster)).toMatch(/^1\.\d+\.\d+$/)
})
