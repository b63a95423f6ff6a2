import { readFileSync } from 'node:fs'
import { Code } from '@connectrpc/connect'
import { workflowStream } from '@plimsoll/domain'
import { getCredential, readStream } from '@plimsoll/event-log'
import { FaultSchema } from '@plimsoll/proto'
import { decryptionKeys } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

const fileOf = (name: string) =>
  readFileSync(new URL(`../../../../libs/manifests/testdata/sops/key-${name}.txt`, import.meta.url), 'utf8')
const keyOf = (file: string) => /^AGE-SECRET-KEY-.*$/m.exec(file)?.[0] ?? ''
const recipientOf = (file: string) => /^# public key: (.*)$/m.exec(file)?.[1] ?? ''
const [one, two] = [fileOf('one'), fileOf('two')]

const eventsOf = (id: string) => readStream(api.log, workflowStream(id))
const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type)
const stored = (id: string) => decryptionKeys(api.log, api.context.installationKey).get(id)
const workflow = (id: string) => ({ id, repository: 'shop' })

test('an age key is stored sealed; every answer tells that there is one, and none tells it', async () => {
  const request = { workflow: workflow('sealed'), decryption: { ageKey: one } }
  const created = await api.gitops.createWorkflow(request)
  expect(created.workflow?.source?.decryption).toBe('age')
  expect(await stored('sealed')).toEqual([keyOf(one)])
  expect((await eventsOf('sealed')).map(({ type, data }) => [type, type === 'DecryptionKeyChanged' && data])).toEqual([
    ['WorkflowCreated', false],
    ['DecryptionKeyChanged', { recipients: [recipientOf(one)] }],
  ])
  expect((await api.gitops.createWorkflow(request)).changed).toBe(false)
  const status = await api.gitops.getWorkflowStatus({ workflowId: 'sealed', minToken: created.token })
  expect(status.workflow?.config?.source?.decryption).toBe('age')
  const seen = [
    created,
    status,
    await eventsOf('sealed'),
    api.logged,
    await api.log.db.selectFrom('credential').selectAll().execute(),
  ]
  const text = JSON.stringify(seen, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  expect(text).not.toContain(keyOf(one))
  expect(text).not.toContain(Buffer.from(keyOf(one)).toString('base64'))
})

test('keys are rotated by giving the old and the new one, then the new one alone', async () => {
  await api.gitops.createWorkflow({ workflow: workflow('rotated'), decryption: { ageKey: one } })
  const both = { workflow: { id: 'rotated' }, decryption: { ageKey: `${one}\n${two}` } }
  expect((await api.gitops.updateWorkflow(both)).changed).toBe(true)
  expect(await stored('rotated')).toEqual([keyOf(one), keyOf(two)])
  await api.gitops.updateWorkflow({ workflow: { id: 'rotated' }, decryption: { ageKey: two } })
  expect(await stored('rotated')).toEqual([keyOf(two)])
  const keyEvents = ['DecryptionKeyChanged', 'DecryptionKeyChanged', 'DecryptionKeyChanged']
  expect(await typesOf('rotated')).toEqual(['WorkflowCreated', ...keyEvents])
})

test('an update that names no key keeps it, one with an empty key forgets it, as does a creation without one', async () => {
  await api.gitops.createWorkflow({ workflow: workflow('kept'), decryption: { ageKey: one } })
  const kept = await api.gitops.updateWorkflow({ workflow: { id: 'kept', autoSync: true } })
  expect(kept.workflow?.source?.decryption).toBe('age')
  expect(await stored('kept')).toHaveLength(1)
  const forgotten = await api.gitops.updateWorkflow({ workflow: { id: 'kept' }, decryption: { ageKey: '' } })
  expect(forgotten).toMatchObject({ changed: true, workflow: { source: { decryption: '' } } })
  expect(await getCredential(api.log, 'decryption:kept')).toBeUndefined()
  await api.gitops.updateWorkflow({ workflow: { id: 'kept' }, decryption: { ageKey: one } })
  expect((await api.gitops.createWorkflow({ workflow: workflow('kept') })).workflow?.source?.decryption).toBe('')
  expect(await stored('kept')).toEqual([])
})

test('deleting a workflow deletes its keys', async () => {
  await api.gitops.createWorkflow({ workflow: workflow('gone'), decryption: { ageKey: one } })
  await api.gitops.deleteWorkflow({ workflowId: 'gone' })
  expect(await getCredential(api.log, 'decryption:gone')).toBeUndefined()
})

test('what is no age key is refused by line and not repeated, and a workflow without a repository leaves no key', async () => {
  const refused = await refusal(() =>
    api.gitops.createWorkflow({
      workflow: { id: 'Not An Id', repository: 'shop' },
      decryption: { ageKey: `${one}AGE-SECRET-KEY-1CANARY5F1C` },
    }),
  )
  expect(refused.code).toBe(Code.InvalidArgument)
  const faults = refused.findDetails(FaultSchema)
  expect(faults.map(({ where }) => where)).toEqual(['id', 'decryption.age_key'])
  expect(faults[1]?.because).toMatch(/^line \d+: the age key is damaged/)
  expect(JSON.stringify([refused.message, faults])).not.toMatch(/CANARY5F1C|AGE-SECRET-KEY-1[0-9A-Z]{20}/)
  const unknown = { workflow: { id: 'orphan', repository: 'no-such' }, decryption: { ageKey: one } }
  expect((await refusal(() => api.gitops.createWorkflow(unknown))).code).toBe(Code.NotFound)
  expect(await stored('orphan')).toEqual([])
})

test('a key that was stored by a request that ended before it was recorded is recorded by the next', async () => {
  await api.gitops.createWorkflow({ workflow: workflow('torn'), decryption: { ageKey: one } })
  await decryptionKeys(api.log, api.context.installationKey).put('torn', [keyOf(two)])
  expect((await api.gitops.updateWorkflow({ workflow: { id: 'torn' }, decryption: { ageKey: two } })).changed).toBe(
    true,
  )
  expect((await eventsOf('torn')).at(-1)?.data).toEqual({ recipients: [recipientOf(two)] })
})
