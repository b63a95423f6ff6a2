import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createGitRepository } from '@plimsoll/harness'
import type { FileContent } from '@plimsoll/harness'
import type { ReadGitObjects } from '../src/git-tree.ts'

const run = promisify(execFile)

/** The objects of one commit as git made them, in memory, and what was read of them. */
export type GitObjects = {
  readonly read: ReadGitObjects
  /** The commit's root tree. */
  readonly root: string
  /** Each call's ids, in order. */
  readonly asked: string[][]
  /** The id of what lies at a path. */
  readonly at: (path: string) => string
  readonly without: (oid: string) => ReadGitObjects
}

export async function gitObjects(files: Readonly<Record<string, FileContent>>): Promise<GitObjects> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll test-'))
  try {
    const repository = await createGitRepository(folder)
    const commit = await repository.commit(files, 'first')
    const listed = (await repository.git('ls-tree', '-rt', '-z', commit)).split('\0').filter((line) => line !== '')
    const entries = listed.map(
      (line) => line.split(/[ \t]/u) as [mode: string, type: string, oid: string, path: string],
    )
    const root = await repository.git('rev-parse', `${commit}^{tree}`)
    const objects = new Map<string, { oid: string; type: string; body: Uint8Array }>()
    for (const [, type, oid] of [...entries, ['', 'tree', root] as const]) {
      if (type === 'commit') continue
      const options = { cwd: folder, encoding: 'buffer' } as const
      objects.set(oid, { oid, type, body: (await run('git', ['cat-file', type, oid], options)).stdout })
    }
    const asked: string[][] = []
    const reading =
      (missing?: string): ReadGitObjects =>
      async (oids) => {
        asked.push([...oids])
        return new Map(
          oids.flatMap((oid) => {
            const object = oid === missing ? undefined : objects.get(oid)
            return object === undefined ? [] : [[oid, object] as const]
          }),
        )
      }
    const at = (path: string) => entries.find(([, , , name]) => name === path)?.[2] ?? ''
    return { read: reading(), root, asked, at, without: reading }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
