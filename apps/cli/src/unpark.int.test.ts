import { workflowStream } from '@plimsoll/domain'
import { claim, openEventLog, park, wake } from '@plimsoll/event-log'
import { expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices } from '../test/start-services.ts'

test('work that was set aside is tried again when somebody says so', { timeout: 600_000 }, async () => {
  await using services = await startServices()
  const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
  const run = (line: string) => plimsoll(line.split(' '), { env })
  await run('repo add https://git.example.com/shop.git --id shop')
  await run('workflow create --id web --repo shop')
  await using log = openEventLog({ url: services.postgresUrl })
  const stream = workflowStream('web')
  await wake(log, 'write', [{ stream }])
  const [claimed] = await claim(log, { role: 'write', owner: 'test', leaseMs: 10_000, limit: 1, streams: [stream] })
  if (claimed === undefined) throw new Error('nothing to claim')
  await park(log, claimed, 'a bug')

  expect((await run('status web')).out).toContain('try it again with `plimsoll unpark web`')
  expect((await run('unpark web --reason mended')).err).toBe('web is tried again: write\n')
  expect((await run('unpark web')).err).toBe('nothing of web was set aside\n')
  expect((await run('unpark --repo shop')).err).toBe('nothing of repository shop was set aside\n')
  const neither = await run('unpark')
  expect(neither.code).not.toBe(0)
  expect(neither.err).toContain('name a workflow, or --repo, or --cluster')
  expect((await run('unpark web --repo shop')).code).not.toBe(0)
})
