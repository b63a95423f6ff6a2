import { create } from '@bufbuild/protobuf'
import { HookEndSchema, HookRunningSchema, HookTextSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { hookLines } from './hook-lines.ts'

const about = (hook: string) => ({ syncId: 'sync-1', phase: 'PreSync', hook })

test('pieces become lines, also when two hooks write at once, and no terminal obeys them', () => {
  const printed: string[] = []
  const lines = hookLines((line) => printed.push(line))
  const text = (hook: string, said: string) => lines.text(create(HookTextSchema, { ...about(hook), text: said }))
  lines.running(create(HookRunningSchema, about('a')))
  lines.running(create(HookRunningSchema, { ...about('b'), waitsFor: 'the Job:\n1 pods run' }))
  text('a', 'one\ntw')
  text('b', 'other')
  text('a', 'o\n\u001b[31mred\u202e')
  lines.end(create(HookEndSchema, { ...about('a'), ok: true, durationMs: 1_250n }))
  lines.end(create(HookEndSchema, { ...about('b'), ok: false, message: 'exit\ncode 1', durationMs: 40n }))
  expect(printed).toEqual([
    'a | PreSync hook is running\n',
    'b | PreSync hook is running: waits for the Job: 1 pods run\n',
    'a | one\n',
    'a | two\n',
    'a | [31mred\n',
    'a | ended well after 1.3 s\n',
    'b | other\n',
    'b | failed after 0.0 s: exit code 1\n',
  ])
})
