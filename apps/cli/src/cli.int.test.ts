import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

let api: Services
beforeAll(async () => {
  api = await startServices()
})
afterAll(() => api[Symbol.asyncDispose]())

const run = (
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Record<string, string> } = {},
) =>
  plimsoll(args, { ...options, env: { PLIMSOLL_SERVER: api.url, PLIMSOLL_TOKEN_FILE: api.tokenFile, ...options.env } })

test('a repository and a workflow are made, listed, shown, changed and deleted', async () => {
  const added = await run(['repo', 'add', 'https://git.example.com/shop.git', '--id', 'shop', '--poll-interval', '1m'])
  expect(added).toMatchObject({ code: 0, err: 'repository shop registered\n' })
  const created = await run(['workflow', 'create', '--repo', 'shop', '--id', 'web', '--path', 'k8s/web', '--auto-sync'])
  expect(created).toMatchObject({ code: 0, err: 'workflow web saved\n' })
  expect(created.out).toContain('Status:     active\n')
  expect((await run(['repo', 'list'])).out).toBe(
    'ID     BRANCH   HEAD   STATE          USED BY   URL\nshop   main     -      not read yet   web       https://git.example.com/shop.git\n',
  )

  const shown = await run(['repo', 'show', 'shop'])
  expect(shown.out).toMatch(/^State: +not read yet\n(?:.*\n)*Used by: +web$/m)
  expect((await run(['repo', 'show', 'shpo'])).err).toContain('There is no repository "shpo"')

  const listed = JSON.parse((await run(['workflow', 'list', '-o', 'json'])).out) as readonly unknown[]
  expect(listed).toMatchObject([
    { id: 'web', status: 'active', auto_sync: true, repository: 'shop', target_path: 'k8s/web' },
  ])
  await run(['workflow', 'update', 'web', '--no-auto-sync', '--health-timeout', '90s'])
  expect(parse((await run(['workflow', 'show', 'web', '-o', 'yaml'])).out)).toMatchObject({
    auto_sync: false,
    config: { target_path: 'k8s/web', sync_policy: { health_check: { timeout: '1m30s' } } },
  })

  const inUse = await run(['repo', 'delete', 'shop'])
  expect(inUse.code).toBe(1)
  expect(inUse.err).toBe(
    [
      'error: The repository shop is not deleted',
      '  where:   shop',
      '  because: workflows use it: web',
      '  try:     Delete them first, or bind them to another repository.',
      '',
    ].join('\n'),
  )
  expect((await run(['workflow', 'delete', 'web'])).code).toBe(0)
  expect((await run(['repo', 'delete', 'shop'])).code).toBe(0)
})

test('a workflow may name one that comes later, and is warned that it is not there', async () => {
  await run(['repo', 'add', 'https://git.example.com/order.git', '--id', 'order'])
  const first = await run(['workflow', 'create', '--repo', 'order', '--id', 'second', '--depends-on', 'first'])
  expect(first.code).toBe(0)
  expect(first.err).toMatch(/^workflow second saved\nwarning: second depends on first, which does not exist: /)
  expect(first.out).toContain('It waits for first, which does not exist')
  const update = ['workflow', 'update', 'second', '--depends-on']
  expect((await run([...update, 'fisrt'])).err).toContain('warning: second depends on fisrt, which does not exist')
  expect((await run([...update, ''])).err).toBe('workflow second changed\n')
  await run(['workflow', 'delete', 'second'])
  await run(['repo', 'delete', 'order'])
})

test('settings come from a file, from standard input, and from what was shown; the command line wins', async () => {
  const settings = `repository: chart
source:
  renderer: helm
  helm: { release_name: eu, values_files: { values: [../values/eu.yaml] }, values: { web: { replicas: 3 } } }
ignore:
  rules: [{ kind: Deployment, name: web, json_pointers: [/spec/replicas], managers: [hpa] }]
sync_policy: { auto_prune: true }
`
  await run(['repo', 'add', 'https://git.example.com/chart.git', '--id', 'chart'])
  const create = ['workflow', 'create', '-f', '-', '--id', 'eu', '--health-timeout', '1m']
  expect(await run(create, { stdin: settings })).toMatchObject({ code: 0, err: 'workflow eu saved\n' })
  const shown = (await run(['workflow', 'show', 'eu', '-o', 'json'])).out
  const { config } = JSON.parse(shown) as { config: Record<string, unknown> }
  expect(config).toMatchObject({
    source: { renderer: 'helm', helm: { release_name: 'eu', values: { web: { replicas: 3 } } } },
    ignore: { rules: [{ kind: 'Deployment', name: 'web', json_pointers: ['/spec/replicas'], managers: ['hpa'] }] },
    sync_policy: { auto_prune: true, health_check: { timeout: '1m' } },
  })
  expect((await run(['workflow', 'show', 'eu'])).out).toContain(
    'helm (release eu; values ../values/eu.yaml; own values for web)',
  )
  const file = join(api.folder, 'eu.json')
  await writeFile(file, JSON.stringify(config))
  expect((await run(['workflow', 'create', '--file', file])).err).toBe('workflow eu unchanged\n')

  const wrong = await run(['workflow', 'update', 'eu', '-f', '-'], { stdin: 'auto_snyc: true\n' })
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('where:   standard input\n  because: key "auto_snyc" is unknown')
})

test('lists of a settings file need no wrapping', async () => {
  await run(['repo', 'add', 'https://git.example.com/plain.git', '--id', 'plain'])
  const lists = `repository: plain
allow: { kinds: [ConfigMap] }
labels: { app: shop }
depends_on: []
ignore: [{ kind: Deployment, json_pointers: [/spec/replicas] }]
sync_policy: { sync_windows: [{ kind: deny, schedule: 0 0 24 12 *, duration: 72h }] }
`
  const create = ['workflow', 'create', '-f', '-', '--id', 'plain', '--label', 'env=eu']
  expect(await run([...create, '-o', 'json'], { stdin: lists })).toMatchObject({ code: 0 })
  expect(JSON.parse((await run(['workflow', 'show', 'plain', '-o', 'json'])).out)).toMatchObject({
    config: {
      allow: { kinds: { values: ['ConfigMap'] } },
      labels: { values: { app: 'shop', env: 'eu' } },
      ignore: { rules: [{ kind: 'Deployment', json_pointers: ['/spec/replicas'] }] },
      sync_policy: { sync_windows: { windows: [{ kind: 'deny', duration: '72h' }] } },
    },
  })
})

test('a secret comes by standard input or file, and is nowhere shown', async () => {
  const canary = 'canary-90ab'
  const added = await run(
    ['repo', 'add', 'https://git.example.com/s.git', '--id', 's', '--token-stdin', '-o', 'json'],
    {
      stdin: `${canary}\n`,
    },
  )
  expect(JSON.parse(added.out)).toMatchObject({ credentials_type: 'token' })
  const again = await run(['repo', 'add', 'https://git.example.com/s.git', '--id', 's'], {
    env: { PLIMSOLL_GIT_TOKEN: canary },
  })
  expect(again.err).toBe('repository s unchanged\n')
  expect(added.out + added.err + again.out + again.err).not.toContain(canary)
})

test('age keys come by file or standard input, stay until they are forgotten, and are nowhere shown', async () => {
  const key = 'AGE-SECRET-KEY-1QQPQZZYQQPQZZYQQPQZZYQQPQZZYQQPQZZYQQPQZZYQQPQZZYQQPQSDWJLUC'
  await run(['repo', 'add', 'https://git.example.com/keys.git', '--id', 'keys'])
  const create = ['workflow', 'create', '--repo', 'keys', '--id', 'sealed']
  const damaged = await run([...create, '--age-key-file', '-'], { stdin: key })
  expect(damaged.code).toBe(1)
  expect(damaged.err).toContain('line 1: the age key is damaged')
  const sound = readFileSync(join(import.meta.dirname, '../../../libs/manifests/testdata/sops/key-one.txt'), 'utf8')
  const created = await run([...create, '--age-key-file', '-'], { stdin: sound })
  expect(created.out).toContain('Decryption:')
  const kept = await run(['workflow', 'update', 'sealed', '--auto-sync', '-o', 'json'])
  expect(JSON.parse(kept.out)).toMatchObject({ config: { source: { decryption: 'age' } } })
  const forgotten = await run(['workflow', 'update', 'sealed', '--no-age-key'])
  expect(forgotten.out).not.toContain('Decryption:')
  const empty = await run(['workflow', 'update', 'sealed', '--age-key-file', '-'], { stdin: '\n' })
  expect(empty).toMatchObject({ code: 2, err: expect.stringContaining('--no-age-key') })
  const both = await run([...create, '-f', '-', '--age-key-file', '-'], { stdin: 'repository: keys\n' })
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining('name a file for the keys') })
  const all = [damaged, created, kept, forgotten, empty, both].map(({ out, err }) => out + err).join('')
  expect(all).not.toContain('AGE-SECRET-KEY-1Q')
  expect(all).not.toContain(/^AGE-SECRET-KEY-.*$/m.exec(sound)?.[0])
})

test('what is wrong is said in four lines, and a usage error ends with 2', async () => {
  const refused = await run(['repo', 'add', 'company/infrastructure'])
  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/^error: .*\n {2}where: {3}url\n {2}because: has no scheme.*\n {2}try: .*\n$/)
  const unknown = await run(['repo', 'add', 'https://git.example.com/x.git', '--no-such-option'])
  expect(unknown.code).toBe(2)
  expect(unknown.err).toContain('--no-such-option')
  expect(unknown.err).toContain('  try:     ')
  expect((await run(['events', '--from', 'x'])).code).toBe(2)
  expect((await run([])).code).toBe(2)
  expect((await run(['help'])).code).toBe(0)
})

test('an unknown workflow makes diff end with more than 1', async () => {
  const ran = await run(['diff', 'nothing'])
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('There is no workflow "nothing"')
})

test('server and token are found upwards from the folder', async () => {
  const deep = join(api.folder, 'a', 'b')
  await mkdir(deep, { recursive: true })
  await mkdir(join(api.folder, '.plimsoll'), { mode: 0o700 })
  await writeFile(
    join(api.folder, '.plimsoll', 'client.json'),
    JSON.stringify({ server: api.url, tokenFile: '../token' }),
  )
  const ran = await plimsoll(['auto-sync', 'start'], { cwd: deep })
  expect(ran).toMatchObject({ code: 0, err: 'auto-sync started\n' })
  expect((await plimsoll(['auto-sync', 'start'], { cwd: deep })).err).toBe('auto-sync was started already\n')
  const checked = await plimsoll(['doctor'], { cwd: deep })
  expect(checked.code).toBe(0)
  expect(checked.out).toMatch(/^ok {4}api +http:/m)
  expect(checked.out).toMatch(/^ok {4}token +known as bootstrap$/m)
})

test('without a server it says how to get one', async () => {
  const none = await plimsoll(['status'])
  expect(none.code).toBe(1)
  expect(none.err).toContain('plimsoll up')
  const away = await run(['status'], { env: { PLIMSOLL_SERVER: 'http://127.0.0.1:1' } })
  expect(away.code).toBe(1)
  expect(away.err).toContain('The server cannot be reached\n  where:   http://127.0.0.1:1\n')
  expect((await run(['diff', 'web'], { env: { PLIMSOLL_SERVER: 'http://127.0.0.1:1' } })).code).toBe(2)
  const doctor = await run(['doctor', '-o', 'json'], { env: { PLIMSOLL_SERVER: 'http://127.0.0.1:1' } })
  expect(doctor.code).toBe(1)
  expect(JSON.parse(doctor.out)).toContainEqual(expect.objectContaining({ name: 'api', state: 'fail' }))
})

test('a misspelt id is not silence: the log is said to have nothing of it', async () => {
  const { code, out, err } = await run(['events', '--workflow', 'misspelt'])
  expect([code, out, err]).toEqual([0, '', 'No such event is in the log\n'])
  expect(await run(['events', '--workflow', 'misspelt', '-o', 'json'])).toMatchObject({ code: 0, out: '', err: '' })
})
