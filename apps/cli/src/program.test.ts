import { expect, test } from 'vitest'
import type { Io } from './io.ts'
import { buildProgram, helpOf } from './program.ts'

const silent = { out: () => undefined, err: () => undefined } as unknown as Io

test.each([
  [['workflow', 'create', '--autosync', 'show'], 'plimsoll workflow create --help'],
  [['sync', 'shop', '--prunekept'], 'plimsoll sync --help'],
  [['workflow', 'crate'], 'plimsoll workflow --help'],
  [['stauts'], 'plimsoll --help'],
  [['--verbose', 'sync'], 'plimsoll --help'],
])('%j is told of `%s`', (words, help) => {
  expect(helpOf(buildProgram(silent), words)).toBe(help)
})
