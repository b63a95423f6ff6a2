import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { GitObject } from '@plimsoll/event-log'
import { createGitRepository } from '@plimsoll/harness'
import type { FileContent } from '@plimsoll/harness'
import type { ReadGitObjects } from '../src/source/git-tree.ts'

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
    const listedOids = [...new Set([...entries.flatMap(([, type, oid]) => (type === 'commit' ? [] : [oid])), root])]
    const objects = new Map((await readAll(folder, listedOids)).map((object) => [object.oid, object]))
    const oidAt = new Map(entries.map(([, , oid, path]) => [path, oid]))
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
    const at = (path: string) => oidAt.get(path) ?? ''
    return { read: reading(), root, asked, at, without: reading }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Many objects by one process. Each is printed as a line with its id, type and size, its body, and an end of line. */
async function readAll(folder: string, oids: readonly string[]): Promise<readonly GitObject[]> {
  const child = spawn('git', ['cat-file', '--batch'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${oids.join('\n')}\n`)
  const bytes = await buffer(child.stdout)
  const objects: GitObject[] = []
  for (let at = 0; at < bytes.length;) {
    const start = bytes.indexOf(0x0a, at) + 1
    const [oid = '', type = '', size = ''] = bytes.toString('latin1', at, start - 1).split(' ')
    objects.push({ oid, type, body: bytes.subarray(start, start + Number(size)) })
    at = start + Number(size) + 1
  }
  return objects
}
