import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const buf = (...args: readonly string[]) => promisify(execFile)('buf', [...args], { cwd: root })

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

test('the generated code is what the proto files generate now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-gen-'))
  try {
    await buf('generate', '--output', folder)
    expect(await filesOf(join(root, 'gen'))).toEqual(await filesOf(join(folder, 'gen')))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the proto files pass the linter and are formatted', async () => {
  await expect(buf('lint')).resolves.toMatchObject({ stdout: '' })
  await expect(buf('format', '--diff', '--exit-code')).resolves.toMatchObject({ stdout: '' })
})
