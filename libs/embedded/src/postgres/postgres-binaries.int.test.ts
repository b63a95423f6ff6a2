import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { libraryEnvironment, postgresPackage } from './postgres-binaries.ts'

test('where install scripts are denied, the links that Postgres needs are made outside its package', () => {
  using folder = temporaryFolder()
  const copy = join(folder.path, 'package')
  const filter = (path: string) => !path.includes('/share/')
  cpSync(postgresPackage(), copy, { recursive: true, filter, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const { target } of links) rmSync(join(copy, target), { force: true })

  const postgres = join(copy, 'native', 'bin', 'postgres')
  expect(() => execFileSync(postgres, ['--version'], { stdio: 'pipe' })).toThrow('shared')
  const env = libraryEnvironment(copy, join(folder.path, 'lib'))
  expect(String(execFileSync(postgres, ['--version'], { env }))).toContain('PostgreSQL) 18')
  expect(libraryEnvironment(copy, join(folder.path, 'lib'))).toEqual(env)
  expect(existsSync(join(copy, 'native', 'lib', 'libpq.so'))).toBe(false)
})
