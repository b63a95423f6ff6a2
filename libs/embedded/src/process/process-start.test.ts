import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processStart } from './process-start.ts'

test('a process has one start as long as it lives, and none afterwards', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = child.pid ?? 0
  const start = processStart(pid)
  expect(start).toBeTruthy()
  expect(processStart(pid)).toBe(start)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(processStart(pid)).toBeUndefined()
})

test('two processes that started at different times differ', async () => {
  expect(processStart(process.pid)).not.toBe(processStart(process.ppid))
})
