import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createWorkflow, workflowDecider, workflowStream } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { decryptionKeys } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingStored, formsOf } from './everything-stored.ts'
import { configMapPath, secretPath } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

// Encrypted files reach the generators of Kustomize and the values of Helm decrypted, and nothing of them is seen outside.

const fixture = (name: string) =>
  readFileSync(new URL(`../../../libs/manifests/testdata/sops/${name}`, import.meta.url), 'utf8')
const ageKeys = [/^AGE-SECRET-KEY-.*$/m.exec(fixture('key-one.txt'))?.[0] ?? '']
const [fromDotenv, fromValues, whole] = ['canary-sops-dotenv-91b2', 'canary-sops-values-c0de', 'password hunter2']
const base64 = (text: string) => Buffer.from(text).toString('base64')
const digest = (text: string) => createHash('sha256').update(text).digest('hex')

const overlay = (more = '') => ({
  'overlay/kustomization.yaml': [
    'secretGenerator:',
    '- {name: env, envs: [canary.enc.env], options: {disableNameSuffixHash: true}}',
    'configMapGenerator:',
    '- {name: site, files: [site.conf=site.conf.enc], options: {disableNameSuffixHash: true}}',
    'resources: [open.yaml]',
    more,
  ].join('\n'),
  'overlay/canary.enc.env': fixture('canary.enc.env'),
  'overlay/site.conf.enc': fixture('site.conf.enc'),
  'overlay/open.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: open}\ndata: {a: plainly-visible}\n',
})

const chart = (more = '') => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/values.yaml': 'secret: {token: "", pin: ""}\n',
  'chart/templates/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations:
    checksum/secret: {{ .Values.secret.token | sha256sum }}
data:
  url: "https://shop:{{ .Values.secret.token }}@db"
  encoded: {{ printf "x:%s" .Values.secret.token | b64enc }}
  pin: {{ .Values.secret.pin | quote }}
  open: plainly-visible
${more}`,
  'values/production.enc.yaml': fixture('canary-values.enc.yaml'),
})

let stage: Stage
let kustomized: Project
let charted: Project
beforeAll(async () => {
  stage = await openStage()
  const { installation, git } = stage
  const helm = { values_files: ['../values/production.enc.yaml'] }
  ;[kustomized, charted] = await Promise.all([
    openProject(installation, { git, ageKeys, files: overlay(), target_path: 'overlay' }),
    openProject(installation, { git, ageKeys, files: chart(), target_path: 'chart', source: { helm } }),
  ])
})
afterAll(() => stage[Symbol.asyncDispose]())

test('the generators of Kustomize and the templates of Helm get what was encrypted', async () => {
  await Promise.all([kustomized, charted].map((project) => project.untilSynced(project.first)))
  const { cluster } = stage
  const { namespace } = kustomized
  expect(await cluster.get(secretPath(namespace, 'env'))).toMatchObject({ data: { TOKEN: base64(fromDotenv) } })
  expect(await cluster.get(configMapPath(namespace, 'site'))).toMatchObject({
    data: { 'site.conf': fixture('site.conf.plain') },
  })
  expect(await cluster.get(configMapPath(charted.namespace, 'settings'))).toMatchObject({
    metadata: { annotations: { 'checksum/secret': digest(fromValues) } },
    data: { url: `https://shop:${fromValues}@db`, pin: '4711' },
  })
})

test('what a program says of a decrypted value is not told', async () => {
  const broken = chart('  {{ fail (printf "the token %s is weak" .Values.secret.token) }}\n')
  const [badChart, badOverlay] = await Promise.all([
    charted.push(broken),
    kustomized.push({ 'overlay/canary.enc.env': fixture('canary.enc.env').replace('TOKEN=', 'TOKEN2=') }),
  ])
  const [failed, tampered] = await Promise.all([charted.untilEnd(badChart), kustomized.untilEnd(badOverlay)])
  expect(JSON.stringify(failed)).toMatch(/the token \*\*\* is weak/)
  expect(JSON.stringify(tampered)).toMatch(/was changed after it was encrypted/)
})

test('a workflow whose files no key opens is planned again when it is given another key', async () => {
  const { installation, git } = stage
  const { log, key } = installation
  const wrong = /^AGE-SECRET-KEY-.*$/m.exec(fixture('key-other.txt'))?.[0] ?? ''
  const project = await openProject(installation, {
    git,
    ageKeys: [wrong],
    files: { 'k8s/canary.enc.yaml': fixture('canary.enc.yaml') },
    target_path: 'k8s',
  })
  const { message } = await project.untilEvent('PlanFailed')
  expect(message).toMatch(/is encrypted for age1\w+, and the workflow has the key of age1/)
  const { config } = await project.workflow()
  if (config === null) throw new Error('the workflow is gone')
  await decryptionKeys(log, key).put(project.id, ageKeys)
  const cause = { commandId: randomUUID(), actor: 'tester' }
  const options = { stream: workflowStream(project.id), cause, decider: workflowDecider }
  const { events } = await transact(log, options, createWorkflow(config, ['age1another']))
  expect(events.map(({ type }) => type)).toEqual(['DecryptionKeyChanged'])
  await project.untilEvent('SyncSucceeded', ({ revision }) => revision === project.first)

  // Git does not hold the values any more, and the live objects still do.
  const open = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sops-settings}\ndata: {open: x}\n'
  await project.untilSynced(await project.push({ 'k8s/canary.enc.yaml': open }))
})

test('nothing of it is stored or logged where it can be read', async () => {
  const places = new Map([
    ...(await everythingStored(stage.installation)),
    ['output', stage.installation.logged.join('\n')],
  ])
  const found = (value: string) =>
    [...places].filter(([, text]) => formsOf(value).some((form) => text.includes(form))).map(([place]) => place)
  expect(found('plainly-visible').some((place) => place.startsWith('blob sha256:'))).toBe(true)
  for (const value of [
    fromDotenv,
    fromValues,
    whole,
    'canary-sops-configmap-77ac',
    'canary-sops-secret-5d1f',
    digest(fromValues),
    '"4711"',
    ...ageKeys,
  ])
    expect([value, found(value)]).toEqual([value, []])
})
