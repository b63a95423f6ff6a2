import { cluster, freshNamespace, gitHttpServer, type GitHttpServer } from '@plimsoll/harness'
import type { PlanV1 } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leftovers, planExamples, type PlanExample } from '../test/plan-examples.ts'
import { plimsoll } from '../test/plimsoll.ts'
import { exampleFiles, showOutput, shownOutput, steady } from '../test/plans-page.ts'
import { startServices, type Services } from '../test/start-services.ts'
import { planMarkdown } from './output/markdown/plan-markdown.ts'
import { planText } from './output/plan/plan-text.ts'

/** With it the page is written in place of being checked. */
const writes = process.env['PLIMSOLL_WRITE_DOCS'] === '1'

let services: Services
let git: GitHttpServer
beforeAll(async () => {
  await removeLeftovers()
  ;[services, git] = await Promise.all([startServices('poller', 'differ', 'syncer'), gitHttpServer()])
}, 600_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await git[Symbol.asyncDispose]()
  await removeLeftovers()
})

test.each(planExamples.map((example) => ({ ...example, title: example.name ?? example.folder })))(
  'docs/plans.md shows what the example $title prints',
  { timeout: 600_000 },
  async (example) => {
    const output = await outputOf(example, example.title)
    if (writes) await showOutput(example.title, output)
    expect(await shownOutput(example.title)).toBe(output)
  },
)

async function outputOf(example: PlanExample, name: string): Promise<string> {
  const { folder, after = 'after', path = '.', settings = [], options = [], meanwhile } = example
  const [repository, namespace] = await Promise.all([git.createRepository(name), freshNamespace()])
  const [before, then] = await Promise.all([exampleFiles(folder, 'before'), exampleFiles(folder, after)])
  await repository.commit(before, 'before')
  await done('repo', 'add', git.url(name), '--id', name)
  const where = ['--repo', name, '--path', path, '--namespace', namespace, '--no-health-check']
  await done('workflow', 'create', '--id', name, ...where, ...settings)
  await done('sync', name)
  const removed = Object.keys(before).filter((file) => then[file] === undefined)
  const revision = await repository.commit(
    { ...then, ...Object.fromEntries(removed.map((file) => [file, null])) },
    'after',
  )
  await meanwhile?.(namespace)
  const { code, out, err } = await run('diff', name, '-o', 'json')
  expect({ code, err }).toEqual({ code: 1, err: `Reading the remote and planning ${name} …\n` })
  // Put into the plan and not into the text, where the lines would be of other lengths.
  const plan = JSON.parse(steady(out, { name, folder, namespace, revision })) as PlanV1
  return rendered(plan, options)
}

function rendered(plan: PlanV1, options: readonly string[]): string {
  if (options.includes('markdown')) return planMarkdown(plan, plan.workflow_id)
  const command = ['plimsoll', 'diff', plan.workflow_id, ...options].join(' ')
  return `$ ${command}\n${planText(plan, { colour: false, width: 100, unified: options.includes('--unified') })}`
}

const run = (...args: readonly string[]) =>
  plimsoll(args, { env: { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile } })

async function done(...args: readonly string[]): Promise<void> {
  const { code, err } = await run(...args)
  if (code !== 0) throw new Error(`plimsoll ${args.join(' ')}: ${err}`)
}

async function removeLeftovers(): Promise<void> {
  using admin = cluster()
  for (const path of leftovers) await admin.delete(path)
}
