import { freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

let services: Services
let git: Awaited<ReturnType<typeof gitHttpServer>>
let namespace: string
let first: string
let second: string
/** Positions of the log. */
let synced: string
let deleted: string
beforeAll(async () => {
  namespace = await freshNamespace()
  ;[services, git] = await Promise.all([startServices('poller', 'differ', 'syncer'), gitHttpServer()])
  const repository = await git.createRepository('shop')
  first = await repository.commit({ 'shop.yaml': manifests('settings', 'password') }, 'first')
  await run('repo', 'add', git.url('shop'), '--id', 'shop')
  await run('workflow', 'create', '--repo', 'shop', '--id', 'web', '--namespace', namespace, '--auto-prune')
  await run('workflow', 'create', '--repo', 'shop', '--id', 'old', '--path', 'old')
  await run('sync', 'web')
  synced = await positionOf(({ revision }) => revision === first)
  second = await repository.commit({ 'shop.yaml': manifests('other') }, 'second')
  await run('sync', 'web')
  await run('workflow', 'delete', 'old')
  await run('workflow', 'update', 'web', '--name', 'Web shop', '--no-auto-prune')
  deleted = await positionOf(({ name }) => name === 'Web shop')
}, 600_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await git[Symbol.asyncDispose]()
})

const manifests = (...names: readonly string[]) =>
  names
    .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { word: swordfish }\n`)
    .join('---\n')
const run = (...args: readonly string[]) =>
  plimsoll(args, { env: { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile } })

type Shown = {
  readonly name: string
  readonly revision: string
  readonly moment: { readonly position: string }
  readonly objects: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[]
}

async function told(...args: readonly string[]): Promise<Shown> {
  return JSON.parse((await run('status', 'web', ...args, '-o', 'json')).out) as Shown
}

/** The newest position of the log, once what the workflow has become is a part of it. */
function positionOf(isSo: (status: Shown) => boolean): Promise<string> {
  return until(
    async () => {
      const { position } = (await told('--at', 'now')).moment
      return isSo(await told('--at', position)) ? position : undefined
    },
    { what: 'what was done has a position' },
  )
}

test('the past of a workflow is shown with its settings and what it owned', async () => {
  const { out, err, code } = await run('status', 'web', '--at', synced, '--objects')
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^Workflow: +web\nAs of: +20/)
  expect(out).toContain(`, position ${synced}\n`)
  expect(out).toMatch(/Status: +synced\n/)
  expect(out).toContain(first)
  expect(out).toMatch(/Prune: +yes\n/)
  expect(out.split('\n\n')[1]).toMatch(
    new RegExp(
      `^KIND +NAMESPACE +NAME +API VERSION +UID\nConfigMap +${namespace} +password +v1 +[-0-9a-f]{36}\nConfigMap +${namespace} +settings `,
    ),
  )
  expect(out).not.toContain('swordfish')
  const now = await run('status', 'web', '--objects')
  expect(now.out).toContain(second)
  expect(now.out).not.toContain('As of')
  expect(now.out.split('\n\n')[1]?.match(/ConfigMap/g)).toHaveLength(1)
})

test('as data it has the fields of a status, the moment and the objects, and no conditions', async () => {
  const then = await told('--at', `@${synced}`, '--objects')
  expect(then).toMatchObject({
    status: 'synced',
    revision: first,
    name: 'web',
    config: { sync_policy: { auto_prune: true } },
    moment: { point: `@${synced}`, position: synced },
    objects: [
      { api_version: 'v1', kind: 'ConfigMap', namespace, name: 'password' },
      { kind: 'ConfigMap', namespace, name: 'settings' },
    ],
  })
  expect(then).not.toHaveProperty('conditions')
  const now = await told('--objects')
  expect(now).toMatchObject({ name: 'Web shop', revision: second, conditions: [], objects: [{ name: 'other' }] })
  expect(now).not.toHaveProperty('moment')
  expect(await told()).not.toHaveProperty('objects')
  const yaml = await run('status', 'web', '--at', synced, '--objects', '-o', 'yaml')
  expect(parse(yaml.out)).toEqual({ ...then, moment: { ...then.moment, point: synced } })
})

test('all workflows are shown as they were, with those deleted since', async () => {
  const then = await run('status', '--at', synced)
  expect(then.err).toMatch(new RegExp(`^As of 20.*Z, position ${synced}:\n$`))
  expect(then.out).toMatch(/^ID .*\nold +\w+ .*\nweb +synced .*\n$/)
  const later = await run('status', '--at', deleted)
  expect(later.out).toMatch(/^ID .*\nweb .*\n$/)
  const data = JSON.parse((await run('status', '--at', synced, '-o', 'json')).out) as Shown[]
  expect(data).toMatchObject([{ id: 'old' }, { id: 'web', moment: { position: synced } }])
  expect(await run('status', '--at', '@0')).toMatchObject({
    code: 0,
    out: '',
    err: 'As of before the first event:\nThere was no workflow.\n',
  })
})

test.each([
  [['web', '--at', '2001-01-01'], 1, 'There was no workflow web at 2001-01-01', 'it was created at 20'],
  [['old', '--at', 'now'], 1, 'There was no workflow old at now', 'it was deleted by then'],
  [['web', '--at', '2999-01-01'], 1, 'The request is refused', '2999-01-01 lies in the future'],
  [['web', '--at', 'yesterday'], 1, 'The request is refused', '"yesterday" is no moment: write @now, @2h'],
  [['--at', '@999999999'], 1, 'The request is refused', 'lies beyond the end of the log'],
  [['none', '--at', '2h'], 1, 'There is no workflow "none"', 'there are web'],
  [['web', '--at', '2h', '--watch'], 2, 'The command is not understood', 'the past does not change'],
  [['web', '--objects', '--watch'], 2, 'The command is not understood', 'only the status is watched'],
  [['--objects'], 2, 'The command is not understood', 'name the workflow that owns them'],
])('status %j is refused with %i', async (args, code, what, because) => {
  const refused = await run('status', ...args)
  expect(refused).toMatchObject({ code, out: '' })
  expect(refused.err).toContain(`error: ${what}`)
  expect(refused.err).toContain(because)
})
