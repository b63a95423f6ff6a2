import { randomBytes } from 'node:crypto'
import { freshNamespace } from '@plimsoll/harness'
import { openPlimsoll as openOverFetch } from '@plimsoll/sdk'
import { openPlimsoll as openOnNode } from '@plimsoll/sdk/node'
import { openApi, type RunningApi } from './open-api.ts'
import { openStage, type Stage } from './stage.ts'

/** A stage with an api, for what clients see of it. */
export type ClientStage = Stage & { readonly api: RunningApi }

export async function openClientStage(): Promise<ClientStage> {
  await using stack = new AsyncDisposableStack()
  const stage = stack.use(await openStage())
  const api = stack.use(await openApi(stage.installation))
  const opened = stack.move()
  return { ...stage, api, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** What the client goes by: in a browser, and in Node. */
export const carriers = [
  ['fetch', openOverFetch],
  ['HTTP/2', openOnNode],
] as const

/** A repository on a Git server and a namespace, neither known to Plimsoll. Who asks has it read at once: it need not be polled. */
export async function newRepository({ git }: Stage, files: Readonly<Record<string, string>>) {
  const id = `s${randomBytes(5).toString('hex')}`
  const [repository, namespace] = await Promise.all([git.createRepository(id), freshNamespace()])
  const first = await repository.commit(files, 'first')
  return { id, url: git.url(id), repository, namespace, first }
}
