import { createHash } from 'node:crypto'
import { canonicalJson, objectsDigest, planDigest, type Change, type KubernetesObject } from '@plimsoll/domain'
import { ownedHash } from '@plimsoll/kubernetes'
import { decryptionKeys } from '@plimsoll/service'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingStored, formsOf as encodings } from './everything-stored.ts'
import { digestsIn, giveAways } from './guess-values.ts'
import { configMapPath, documents, secretPath } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

// A four-digit PIN can be tried in a second: no digest of it may be made without a key. Git's own ids are left out for what
// is committed in clear; see docs/secrets.md. What SOPS encrypted is not in them.

const stack = new AsyncDisposableStack()
let stage: Stage
let project: Project
let places: ReadonlyMap<string, string>
let live: readonly KubernetesObject[]

const pins = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, '0'))
const pin = '7302'
// In the encrypted fixture.
const sopsPin = '4711'
const fixture = (name: string) =>
  readFileSync(new URL(`../../../libs/manifests/testdata/sops/${name}`, import.meta.url), 'utf8')
const base64 = (text: string) => Buffer.from(text).toString('base64')

const secret = (value: string): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'door' },
  stringData: { pin: value },
})
const settings = (value: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'panel' },
  data: { pin: value },
})
const file = (value: string) => documents(secret(value), settings(value))

beforeAll(async () => {
  stage = stack.use(await openStage())
  const { installation, git, cluster } = stage
  const sensitive = [{ kind: 'ConfigMap', name: 'panel', json_pointers: ['/data/pin'] }]
  project = await openProject(installation, {
    git,
    files: { 'k8s/door.yaml': file('0815') },
    target_path: 'k8s',
    sensitive,
  })
  const { id, namespace } = project
  const key = /^AGE-SECRET-KEY-.*$/m.exec(fixture('key-one.txt'))?.[0] ?? ''
  await decryptionKeys(installation.log, installation.key).put(id, [key])
  await project.untilSynced(project.first)
  const files = { 'k8s/door.yaml': file(pin), 'k8s/sops.enc.yaml': fixture('canary.enc.yaml') }
  await project.untilSynced(await project.push(files))
  places = new Map([
    ...(await everythingStored(installation)),
    ['output', installation.logged.join('\n')] as const,
    ['events', JSON.stringify(await project.events())] as const,
  ])
  const paths = [
    secretPath(namespace, 'door'),
    configMapPath(namespace, 'panel'),
    secretPath(namespace, 'sops-login'),
    configMapPath(namespace, 'sops-settings'),
  ]
  live = (await Promise.all(paths.map((path) => cluster.get(path)))) as unknown as readonly KubernetesObject[]
}, 300_000)
afterAll(() => stack.disposeAsync())

/** The object as it would be with another value. */
const withValue = <Value>(value: Value, from: string, to: string): Value =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(`"${from}"`, `"${to}"`)
      .replaceAll(`"${base64(from)}"`, `"${base64(to)}"`),
  ) as Value

/** Every text that a digest over the guess could have been made of, the product's own among them. */
function formsFor(actual: string, objects: readonly KubernetesObject[]): (guess: string) => readonly string[] {
  const values = (guess: string) => [guess, base64(guess), `"${guess}"`, `"${base64(guess)}"`, `${guess}\n`]
  const maps = (guess: string) => [JSON.stringify({ pin: guess }), JSON.stringify({ pin: base64(guess) })]
  return (guess) => {
    const bodies = objects.flatMap((object) => {
      const guessed = withValue(object, actual, guess)
      const { managedFields: _owners, ...metadata } = guessed.metadata
      const { resourceVersion: _version, uid: _uid, creationTimestamp: _created, ...bare } = metadata
      const { namespace: _namespace, ...unplaced } = bare
      const shapes = [
        guessed,
        { ...guessed, metadata },
        { ...guessed, metadata: bare },
        { ...guessed, metadata: unplaced },
      ]
      const set = { files: [{ path: '', blob: '', objects: [{ object: guessed, line: 1, digest: '' }] }] }
      const change = {
        type: 'create',
        ref: { ...guessed, name: '' },
        desired_state: guessed,
        fields: [],
      } as unknown as Change
      const preimages: string[] = []
      const preimage = (text: string) => String(preimages.push(text))
      ownedHash(guessed, 'plimsoll', preimage)
      objectsDigest(set, preimage)
      planDigest({ changes: [change], conflicts: [] }, preimage)
      return [...shapes.flatMap((shape) => [canonicalJson(shape), JSON.stringify(shape)]), ...preimages]
    })
    const declared = [secret(guess), settings(guess)].flatMap((object) => [
      canonicalJson(object),
      JSON.stringify(object),
    ])
    const all = [...values(guess), ...maps(guess), ...declared, ...bodies, file(guess)]
    return [...all, ...values(guess).map((value) => `value\n${value}`)]
  }
}

const publicTexts = () => ['', project.id]

test('the attack works: what is hashed without a key is found', () => {
  const forms = formsFor(pin, live.slice(0, 2))
  const [guess] = [pin]
  for (const form of forms(guess)) {
    const careless = digestsIn([`digest ${createHash('sha256').update(form).digest('hex')}`])
    expect(giveAways([guess], forms, careless, [])).toEqual([guess])
  }
  const token = createHash('sha256').update(`value\n${guess}`).digest('hex').slice(-8)
  expect(giveAways([guess], forms, digestsIn([`(masked ${token})`]), [])).toEqual([guess])
})

test.each([
  ['a Secret and a configured path', pin, 0],
  ['what SOPS encrypted', sopsPin, 2],
])(
  'the PIN in %s cannot be found by trying all from log, stream, blobs and tables',
  (_, actual, at) => {
    const digests = digestsIn(places.values())
    expect(digests.whole.size).toBeGreaterThan(20)
    expect(digests.tokens.size).toBeGreaterThan(2)
    expect(giveAways(pins, formsFor(actual, live.slice(at, at + 2)), digests, publicTexts())).not.toContain(actual)
  },
  300_000,
)

test('neither PIN stands anywhere as it is, in quotes or encoded', () => {
  for (const actual of [pin, sopsPin])
    for (const form of [`"${actual}"`, `:${actual}`, `=${actual}`, base64(actual), ...encodings(`"pin":"${actual}"`)])
      expect([form, [...places].filter(([, text]) => text.includes(form)).map(([place]) => place)]).toEqual([form, []])
})
