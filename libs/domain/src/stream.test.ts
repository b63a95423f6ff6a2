import { expect, test } from 'vitest'
import { clusterStream, parseStream, repositoryStream, systemStream, workflowStream } from './stream.ts'

test.each([
  ['repository-shop', 'repository', 'shop', repositoryStream('shop')],
  ['workflow-shop.eu-1', 'workflow', 'shop.eu-1', workflowStream('shop.eu-1')],
  ['workflow-workflow-0a1b', 'workflow', 'workflow-0a1b', workflowStream('workflow-0a1b')],
  ['cluster-default', 'cluster', 'default', clusterStream('default')],
  ['system', 'system', '', systemStream],
] as const)('%s is the stream of %s %s', (stream, kind, id, made) => {
  expect(made).toBe(stream)
  expect(parseStream(stream)).toEqual({ kind, id })
})

test.each(['', 'shop', '-shop', 'moon-phase', 'systems', 'Workflow-shop', 'workflow', 'system-shop', 'workflow-'])(
  '%j is no stream that this version knows',
  (stream) => {
    expect(parseStream(stream)).toBeUndefined()
  },
)
