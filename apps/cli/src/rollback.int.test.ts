import { freshNamespace, gitHttpServer } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices } from '../test/start-services.ts'

const manifest = (colour: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { colour: ${colour}${more} }\n`

test('a rollback is shown first, done, told, and taken back', { timeout: 600_000 }, async () => {
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const services = stack.use(await startServices('poller', 'differ', 'syncer', 'rollback'))
  const namespace = await freshNamespace()
  const repository = await git.createRepository('shop')
  const first = await repository.commit({ 'settings.yaml': manifest('red') }, 'first')
  const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
  const run = (...words: readonly string[]) => plimsoll(words, { env })
  const told = async (...words: readonly string[]) => JSON.parse((await run(...words, '-o', 'json')).out) as never

  await run('repo', 'add', git.url('shop'), '--id', 'shop', '--poll-interval', '1s')
  await run('workflow', 'create', '--id', 'web', '--repo', 'shop', '--namespace', namespace, '--rollback-on-failure')
  expect((await run('workflow', 'show', 'web')).out).toContain('else rollback')
  const early = await run('rollback', 'web')
  expect(early).toMatchObject({ code: 1 })
  expect(early.err).toContain('error: There is nothing to roll back')

  expect((await run('sync', 'web')).code).toBe(0)
  const second = await repository.commit({ 'settings.yaml': manifest('blue', ', size: big') }, 'second')
  expect((await run('sync', 'web')).code).toBe(0)
  const third = await repository.commit({ 'settings.yaml': manifest('green') }, 'third')
  expect((await run('sync', 'web')).code).toBe(0)

  const shown = await run('rollback', 'web', '--plan')
  expect(shown.code).toBe(1)
  expect(shown.out).toContain('settings')
  expect(shown.out).toContain('green')
  const plan: { readonly revision: string; readonly changes: readonly { readonly type: string }[] } = await told(
    'rollback',
    'web',
    '--plan',
    '--to',
    first.slice(0, 8),
  )
  expect(plan).toMatchObject({ revision: first, changes: [{ type: 'update', resource: 'ConfigMap/settings' }] })
  expect((await run('status', 'web')).out).toContain('Status:     synced')

  expect(await run('rollback', 'web', '--plan', '--to', '@now')).toMatchObject({
    code: 0,
    out: 'web is there already: nothing was applied after @now.\n',
  })

  const back = await run('rollback', 'web', '--reason', 'customers cannot pay')
  expect(back.code).toBe(0)
  expect(back.out).toContain('customers cannot pay')
  const status = await run('status', 'web')
  expect(status.out).toContain(`Rolled back to ${second.slice(0, 8)} because customers cannot pay`)
  expect(status.out).toContain(`revision ${third.slice(0, 8)} is rejected until`)
  const again = await run('rollback', 'web', '--reason', 'to be sure')
  expect(again).toMatchObject({ code: 0 })
  expect(again.out).toContain('web is rolled back already')
  expect(await told('rollback', 'web')).toMatchObject({ succeeded: true, already_rolled_back: true })

  expect((await run('rollback', 'web', '--to', 'beef')).err).toContain(
    'error: The workflow cannot be rolled back that far',
  )
  expect((await run('rollback', 'web', '--to', '@soon')).err).toContain('"@soon" is no moment')
  expect(await told('rollback', 'web', '--to', first)).toMatchObject({
    succeeded: true,
    result: { status: 'succeeded', revision: first, metrics: { resources_applied: 1 } },
  })

  const refused = await run('sync', 'web')
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('error: the revision is rejected')
  expect((await run('reinstate', 'web', '--reason', 'it was the network')).err).toBe(
    'what was rejected of web may come back\n',
  )
  expect((await run('reinstate', 'web')).err).toBe('nothing of web is rejected\n')
  expect((await run('sync', 'web')).code).toBe(0)
  expect((await run('status', 'web')).out).toContain('Status:     synced')
})
