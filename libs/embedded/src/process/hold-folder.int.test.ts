import { expect, test } from 'vitest'
import { runNode } from '../../test/run-node.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { FolderHeldError, holdFolder } from './hold-folder.ts'

const holder = `
  import { holdFolder } from '@src/process/hold-folder.ts'
  await holdFolder(process.argv[1])
  console.log('held')
  setInterval(() => {}, 1000)
`

async function refusal(folder: string): Promise<FolderHeldError> {
  const outcome = await holdFolder(folder).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(FolderHeldError)
  return outcome as FolderHeldError
}

test('a second holder hears who has the folder and since when', async () => {
  using folder = temporaryFolder()
  await using other = await runNode(holder, [folder.path])
  expect(other.line).toBe('held')
  const error = await refusal(folder.path)
  expect(error.holder.pid).toBe(other.child.pid)
  expect(Date.now() - Date.parse(error.holder.since)).toBeLessThan(60_000)
  expect(error.message).toContain(folder.path)
})

test('a folder is free again once its holder gave it back or was killed', async () => {
  using folder = temporaryFolder()
  const first = await holdFolder(folder.path)
  await refusal(folder.path)
  await first[Symbol.asyncDispose]()
  {
    await using killed = await runNode(holder, [folder.path])
    expect(killed.line).toBe('held')
  }
  await using again = await holdFolder(folder.path)
  expect(again).toBeTruthy()
})

test('a holder that is stopped still has the folder', async () => {
  using folder = temporaryFolder()
  await using other = await runNode(holder, [folder.path])
  other.child.kill('SIGSTOP')
  expect((await refusal(folder.path)).holder.pid).toBe(other.child.pid)
  other.child.kill('SIGCONT')
})

test('of many that come at once exactly one gets the folder', async () => {
  using folder = temporaryFolder()
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => holdFolder(folder.path)))
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  expect(held).toHaveLength(1)
  for (const { value } of held) await value[Symbol.asyncDispose]()
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused.every(({ reason }) => reason instanceof FolderHeldError)).toBe(true)
})

test('the same folder under another name is the same folder', async () => {
  using folder = temporaryFolder()
  await using held = await holdFolder(folder.path)
  expect(held).toBeTruthy()
  await refusal(`${folder.path}/../${folder.path.split('/').at(-1)}/.`)
})
