import { freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices } from '../test/start-services.ts'

test('a sync waits for approval, people pause, cancel and approve', { timeout: 600_000 }, async () => {
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const services = stack.use(await startServices('poller', 'differ', 'syncer'))
  const namespace = await freshNamespace()
  const repository = await git.createRepository('shop')
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { colour: red }\n'
  await repository.commit({ 'settings.yaml': manifest }, 'first')
  const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
  const run = (line: string, stdin?: string) =>
    plimsoll(line.split(' '), { env, ...(stdin !== undefined && { stdin }) })

  await run(`repo add ${git.url('shop')} --id shop --poll-interval 1s`)
  const settings = `repository: shop\ndestination: { namespace: ${namespace} }\napproval: { required: true, expires: 8h }\n`
  expect((await run('workflow create --id web -f -', settings)).out).toContain('every sync, within 8h')

  const waiting = await run('sync web')
  expect(waiting.code).toBe(1)
  expect(waiting.out).toContain('waits for the approval of plan')
  const plan = /plimsoll approve web --plan ([0-9a-f]{12})\n/.exec(waiting.err)?.[1] ?? ''
  expect(plan).not.toBe('')
  expect((await run('status web')).out).toContain(`A sync waits until somebody approves its plan ${plan}`)

  const [shown, markdown, anew] = [
    await run(`diff web --plan ${plan}`),
    await run('diff web -o markdown'),
    await run('diff web'),
  ]
  expect(shown.out).toContain(`A sync waits for approval of exactly this: plimsoll approve web --plan ${plan}\n`)
  expect(markdown.out).toContain(`A sync waits for approval of exactly this: \`plimsoll approve web --plan ${plan}\`\n`)
  expect(anew.out).toContain(`plimsoll approve web --plan ${plan}\n`)
  expect(shown.out + markdown.out + anew.out).not.toContain('plimsoll sync')

  const own = await run(`approve web --plan ${plan}`)
  expect(own.code).toBe(1)
  expect(own.err).toContain('error: Nobody approves what they have asked for')
  const other = await run('approve web --plan 0123456789ab')
  expect(other.err).toContain('error: The plan is not the one that waits')

  expect((await run('cancel web --reason mistaken')).err).toBe('the sync of web is cancelled\n')
  expect((await run('cancel web')).err).toBe('no sync of web is open\n')
  expect((await run('refuse web')).err).toContain('error: There is nothing to approve')

  await run('workflow update web -f -', 'approval: { allow_requester: true }\n')
  expect((await run('sync web')).code).toBe(1)
  expect((await run(`diff web --plan ${plan}`)).out).toContain(`plimsoll approve web --plan ${plan}\n`)
  const again = await run(`approve web --plan ${plan} --reason looked-at`)
  expect(again).toMatchObject({ code: 0, err: 'plan approved: web is synced if it still comes to the same\n' })
  await until(async () => (await run('status web')).out.includes('Status:     synced'), {
    what: 'the workflow is synced',
    timeoutMs: 280_000,
  })

  expect((await run('pause web --reason moving')).err).toBe('workflow web paused\n')
  expect((await run('pause web')).err).toBe('workflow web was paused before\n')
  expect((await run('status web')).out).toContain('Paused:     by')
  expect((await run('resume web')).err).toBe('workflow web resumed\n')
})

test('what would never let a sync begin is refused', { timeout: 600_000 }, async () => {
  await using services = await startServices()
  const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
  const run = (line: string, stdin?: string) =>
    plimsoll(line.split(' '), { env, ...(stdin !== undefined && { stdin }) })
  await run('repo add https://git.example.com/shop.git --id shop')
  await run('workflow create --id a --repo shop --path a --depends-on b')
  await run('workflow create --id b --repo shop --path b --depends-on c')
  const circle = await run('workflow create --id c --repo shop --path c --depends-on a')
  expect(circle.code).toBe(1)
  expect(circle.err).toContain('closes a circle, in which each waits for the next: c -> a -> b -> c')
  const windows = (window: string) =>
    run('workflow create --id w --repo shop -f -', `sync_policy: { sync_windows: { windows: [${window}] } }\n`)
  expect((await windows('{ kind: deny, schedule: 61 * * * *, duration: 1h }')).err).toContain(
    '"61 * * * *" is no schedule',
  )
  expect((await windows('{ kind: deny, schedule: 0 0 31 2 *, duration: 1h }')).err).toContain('never comes')
  const zone = await windows('{ kind: deny, schedule: 0 0 * * *, duration: 1h, time_zone: Mars/Olympus }')
  expect(zone.err).toContain('"Mars/Olympus" is no time zone')
  const allowed = await windows('{ kind: allow, schedule: 0 22 * * 1-5, duration: 2h, time_zone: Europe/Berlin }')
  expect(allowed.out).toContain('allow "0 22 * * 1-5" for 2h, Europe/Berlin')
  const flagged = (window: string) =>
    plimsoll(['workflow', 'update', 'w', '--window', window, '--allow-requester'], { env })
  expect((await flagged('deny 61 * * * * 1h')).err).toContain('"61 * * * *" is no schedule')
  expect((await flagged('never 0 0 * * * 1h')).err).toContain('sync_windows[0].kind')
  expect((await flagged('deny 0 0 * * * soon')).err).toContain('"soon" is no duration')
  const denied = await flagged('deny 0 0 24 12 * 72h manual')
  expect(denied.out).toContain('deny "0 0 24 12 *" for 72h, UTC (what a person asks for passes)')
  expect(denied.out).toContain('also by whoever asked for the sync')
  expect((await flagged('')).out).not.toContain('Windows:')
})
