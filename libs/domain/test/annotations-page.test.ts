import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { wishes } from '../src/plan/object-options.ts'

test('docs/annotations.md tells every annotation that is honoured', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/annotations.md'), 'utf8')
  const told = page
    .split('\n')
    .flatMap((line) => /^\| `([^`]+)` +\| `([^`]+)`/.exec(line)?.slice(1, 3).join(': ') ?? [])
  expect(told).toEqual(wishes.map(({ key, value }) => `${key}: ${value}`))
})
