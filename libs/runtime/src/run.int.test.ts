import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../test/process.ts', import.meta.url))

/** Sends the first signal when the process is up, the second when it closes or, where it is the same again, at once. */
async function start(main: string, signals: readonly NodeJS.Signals[] = []) {
  const child = spawn(process.execPath, [program, main], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let error = ''
  let sent = 0
  const again = signals[0] === signals[1]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    const moments = ['up\n', again ? 'aborted\n' : 'closing\n'].filter((moment) => out.includes(moment)).length
    for (; sent < Math.min(moments, signals.length); sent += 1) child.kill(signals[sent])
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text))
  await once(child, 'close')
  return { code: child.exitCode, out: out.trim().split('\n'), error }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s aborts, then closes what was opened, newest first, and the exit code is 0',
  async (signal) => {
    expect(await start('serve', [signal])).toEqual({
      code: 0,
      out: ['up', 'aborted', 'closed stream', 'closed log'],
      error: '',
    })
  },
)

test('a wait that the signal ends is no failure', async () => {
  expect(await start('waits', ['SIGTERM'])).toEqual({ code: 0, out: ['up', 'closed log'], error: '' })
})

test('a main that is done ends the process with 0', async () => {
  expect(await start('finishes')).toEqual({ code: 0, out: ['closed log'], error: '' })
})

test('a main that throws ends with 1, after closing, and its error without secrets', async () => {
  const { code, out, error } = await start('fails')
  expect({ code, out }).toEqual({ code: 1, out: ['closed log'] })
  expect(error).toContain('cannot reach postgres://***@db')
})

test('a wrong configuration is told in plain lines, without a stack', async () => {
  const { code, error } = await start('misconfigured')
  expect({ code, error }).toEqual({
    code: 1,
    error: 'The configuration is not usable:\n  PLIMSOLL_X is not set: expected a text\n',
  })
})

test('a second signal ends a process that hangs while closing', async () => {
  const { code, error } = await start('hangs', ['SIGINT', 'SIGTERM'])
  expect(code).toBe(1)
  expect(error).toMatch(/^ended hard after a second SIGTERM \(.+\)\n$/)
})

test('a Ctrl-C that comes twice, from the terminal and from npm, is one', async () => {
  expect(await start('serve', ['SIGINT', 'SIGINT'])).toMatchObject({ code: 0, error: '' })
})
