import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freshNamespace } from '@plimsoll/harness'
import { openPlimsoll } from '@plimsoll/sdk'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { configMap, documents } from './manifests.ts'
import { openApi, type RunningApi } from './open-api.ts'
import { openStage, type Stage } from './stage.ts'

const root = join(import.meta.dirname, '..')
const page = await readFile(join(root, '..', '..', 'docs', 'sdk.md'), 'utf8')
const examples = [...page.matchAll(/^## (.+)$|^```ts\n([^]*?)^```$/gm)]
  .reduce<{ heading: string; code: string }[]>((found, [, heading, code]) => {
    if (heading !== undefined) return [...found, { heading, code: '' }]
    const last = found.at(-1)?.heading ?? ''
    return [...found, { heading: last, code: code ?? '' }]
  }, [])
  .filter(({ code }) => code !== '')

let stage: Stage
let api: RunningApi
let folder: string
let settings: readonly (readonly [string, string])[]
beforeAll(async () => {
  stage = await openStage()
  api = await openApi(stage.installation)
  await mkdir(join(root, '.test'), { recursive: true })
  // Within the package, where its imports are found.
  folder = await mkdtemp(join(root, '.test', 'sdk-page-'))
  await mkdir(join(folder, '.plimsoll'))
  await writeFile(join(folder, '.plimsoll', 'client.json'), JSON.stringify({ server: api.url, tokenFile: 'token' }))
  await writeFile(join(folder, '.plimsoll', 'token'), api.token)
  const repository = await stage.git.createRepository('shop')
  const web = documents(configMap('web', { greeting: 'hello' }))
  await repository.commit({ 'k8s/web.yaml': web, 'other/web.yaml': web }, 'first')
  const namespace = await freshNamespace()
  settings = [
    ['https://github.com/you/manifests', stage.git.url('shop')],
    [`namespace: 'shop'`, `namespace: '${namespace}'`],
    ['namespace: `shop-', `namespace: \`${namespace}-`],
  ]
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await api[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

const preamble = `import { findServer, openPlimsoll } from '@plimsoll/sdk/node'
await using plimsoll = openPlimsoll(await findServer())
`

async function fileOf(code: string, name: string): Promise<string> {
  const own = settings.reduce((text, [shown, here]) => text.replaceAll(shown, here), code)
  const file = join(folder, `${name}.ts`)
  await writeFile(file, code.includes('openPlimsoll(') ? own : `${preamble}${own}`)
  return file
}

describe('docs/sdk.md', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(7)
  })

  test('names every verb', async () => {
    await using plimsoll = openPlimsoll({ url: api.url, token: api.token })
    const unnamed = Object.keys(plimsoll).filter((verb) => !page.includes(`\`${verb}\``) && verb !== 'connection')
    expect(unnamed).toEqual([])
  })

  // In the order of the page: each goes on with what those before it have made.
  test.each(examples.map((example, nth) => ({ ...example, nth })))(
    'prints what it says under "$heading" ($nth)',
    async ({ code, nth }) => {
      const file = await fileOf(code, `example-${nth}`)
      const child = spawn(process.execPath, [file], { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } })
      onTestFinished(() => void child.kill())
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
      const [exitCode] = (await once(child, 'close')) as [number | null]
      const said = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => `${text}\n`).join('')
      expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: said, err: '' })
    },
  )

  test('is right in its types', async () => {
    for (const [nth, { code }] of examples.entries()) await fileOf(code, `example-${nth}`)
    const config = { extends: '../../../../tsconfig.base.json', include: ['*.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await expect(promisify(execFile)('tsc', ['-p', folder])).resolves.toMatchObject({ stdout: '' })
  })
})
