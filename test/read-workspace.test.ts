import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readWorkspace } from './read-workspace.ts'

/** A folder with these files, until the test ends. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll workspace '))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const rootManifest = { 'package.json': '{ "devDependencies": { "vitest": "5.1.1" } }' }

test('every module of a package is read, wherever it lies, and by one package only', () => {
  const { packages, shared, stray } = readWorkspace(
    folderOf({
      ...rootManifest,
      'libs/git/package.json': '{ "name": "@plimsoll/git" }',
      'libs/git/src/deep/er/it.ts': 'export const it = 1',
      'libs/git/bin/git.mjs': 'run()',
      'libs/git/README.md': '# Git',
      'libs/git/node_modules/dep/index.js': 'dep()',
      'test/package.json': '{ "name": "@plimsoll/test" }',
      'test/it.test.ts': 'test()',
      'test/harness/package.json': '{ "name": "@plimsoll/harness" }',
      'test/harness/src/index.ts': 'export const harness = 1',
    }),
  )
  expect(packages.map(({ folder, files }) => [folder, [...files.keys()].toSorted()])).toEqual([
    ['libs/git', ['bin/git.mjs', 'src/deep/er/it.ts']],
    ['test/harness', ['src/index.ts']],
    ['test', ['it.test.ts']],
  ])
  expect(shared).toEqual({ vitest: '5.1.1' })
  expect(stray).toEqual([])
})

test('a folder without a package.json is stray, unless it holds only what Git does not keep', () => {
  const { stray } = readWorkspace(
    folderOf({
      ...rootManifest,
      'libs/lua/src/lua.ts': 'export const lua = 1',
      'apps/api/README.md': 'later',
      'libs/old/.test/results.json': '{}',
      'libs/old/node_modules/dep/index.js': 'dep()',
    }),
  )
  expect(stray.toSorted()).toEqual(['apps/api', 'libs/lua'])
})
