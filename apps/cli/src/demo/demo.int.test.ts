import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@plimsoll/embedded'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partPids } from '../../test/parts.ts'
import { runToEnd, startCommand } from '../../test/start-command.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'plimsoll demo-'))
  await mkdir(join(home, 'stopped'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

/** Each text is there, in this order. */
function expectInOrder(output: string, texts: readonly string[]): void {
  let at = 0
  for (const text of texts) {
    const found = output.indexOf(text, at)
    expect(found, `${JSON.stringify(text)} after ${JSON.stringify(output.slice(at))}`).toBeGreaterThanOrEqual(at)
    at = found + text.length
  }
}

test('the demo shows each step on the way of two commits, and ends with 0', { timeout: 600_000 }, async () => {
  // The server that the user works with otherwise is none of the demo's business.
  const env = { PLIMSOLL_SERVER: 'http://127.0.0.1:1', PLIMSOLL_TOKEN_FILE: '/nowhere' }
  const { code, output } = await runToEnd(['demo', '--exit'], { cwd: home, env })
  expect({ code, output }).toMatchObject({ code: 0 })
  expectInOrder(output, [
    '$ git push',
    'Release 1',
    '$ plimsoll repo add http://127.0.0.1:',
    '$ plimsoll workflow create ',
    '$ plimsoll diff web-shop\nReading the remote and planning web-shop …\nweb-shop\n  + Deployment web  [medium]  with 2 replicas\n',
    '(cluster)\n  + Namespace web-shop  [low]\n',
    ': 4 to create, 0 to update, 0 to delete',
    '$ plimsoll sync web-shop\nSyncing web-shop …\nLast sync:  succeeded',
    'Objects:    4 processed, 4 applied, 0 skipped, 0 conflicts resolved\nDuration:   ',
    '$ plimsoll status web-shop\n',
    'Status:     synced\n',
    '$ plimsoll auto-sync start\n',
    'Release 2\n  - greeting: Welcome to release 1\n  + greeting: Welcome to release 2\n',
    'Status:     synced\n',
    'Objects:    4 processed, 2 applied, 2 skipped, ',
    'greeting "Welcome to release 2"',
    'pods ready, image registry.example/web-shop:1.2\n',
    '$ plimsoll events --from 1\n',
    'RepositoryRegistered',
    'SyncSucceeded',
    'AutoSyncStarted',
    'SyncSucceeded',
  ])
  const token = await readFile(join(home, '.plimsoll', 'demo-token'), 'utf8')
  expect(output).not.toContain(token)
  expect(partPids(join(home, '.plimsoll'))).toEqual({})
})

test('the next start goes on from there and stays until Ctrl-C', { timeout: 600_000 }, async () => {
  await using demo = startCommand(['demo'], { cwd: home })
  await demo.says(/^Ctrl-C stops it/m)
  expectInOrder(demo.output(), [
    'Release 3',
    'repository web-shop unchanged',
    'workflow web-shop unchanged',
    '  ~ ConfigMap web-config  [low]\n      ~ data.greeting: Welcome to release 2 → Welcome to release 3\n',
    ': 0 to create, 2 to update, 0 to delete; highest impact medium.',
    'greeting "Welcome to release 4"',
    'npx plimsoll status ',
  ])
  expect(demo.output()).not.toContain('failed')

  const url = /http:\/\/127\.0\.0\.1:\d+\/web-shop\.git/.exec(demo.output())?.[0]
  expect((await fetch(`${url}/info/refs?service=git-receive-pack`)).status).toBe(401)
  expect((await stat(join(home, '.plimsoll', 'demo-token'))).mode & 0o777).toBe(0o600)

  const pids = Object.values(partPids(join(home, '.plimsoll')))
  expect(pids).toHaveLength(5)
  expect(await demo.stop('SIGINT')).toBe(0)
  expect(pids.map(processStart)).toEqual(pids.map(() => undefined))
})

test('a demo that is stopped in the middle ends at once, without a word of failure, and not with 0', async () => {
  await using demo = startCommand(['demo', '--exit'], { cwd: join(home, 'stopped') })
  await demo.says(/^ {2}nats-server/m)
  expect(await demo.stop('SIGINT')).toBe(130)
  expect(demo.output()).not.toMatch(/error/i)
  expect(partPids(join(home, 'stopped', '.plimsoll'))).toEqual({})
})
