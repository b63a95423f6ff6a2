import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { inSpan } from './trace.ts'

function collect(pretty: boolean) {
  const lines: string[] = []
  return { lines, log: createLogger({ name: 'poller', pretty, write: (line) => lines.push(line) }) }
}

test('a record is one JSON line with time, level, name, message and fields', () => {
  const { lines, log } = collect(false)
  log.info({ stream: 'workflow-web' }, 'planned')
  log.debug('not at this level')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    name: 'poller',
    msg: 'planned',
    stream: 'workflow-web',
    time: expect.stringMatching(/Z$/),
  })
})

test('secrets are masked wherever they turn up: in fields, addresses, headers and errors', () => {
  const { lines, log } = collect(false)
  log.error(
    {
      token: 'hunter2',
      repository: { password: 'hunter2' },
      request: { headers: { authorization: 'Bearer hunter2' } },
    },
    'x',
  )
  log.error(new Error('cannot reach postgres://me:hunter2@db:5432/x'), 'connect https://hunter2@git.example/repo.git')
  log.info('sent Authorization: Basic aHVudGVyMg==')
  expect(lines.join('')).not.toMatch(/hunter2|aHVudGVyMg/)
  expect(lines.join('')).toContain('postgres://***@db:5432/x')
})

test('an address without credentials stays as it is', () => {
  const { lines, log } = collect(false)
  log.info('mail me@example.org about https://git.example:8443/a@b.git')
  expect(lines[0]).toContain('mail me@example.org about https://git.example:8443/a@b.git')
})

test('a record names the trace it belongs to', async () => {
  const { lines, log } = collect(false)
  await inSpan('test', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', async () => {
    await Promise.resolve()
    log.info('inside')
  })
  log.info('outside')
  expect(lines.map((line) => (JSON.parse(line) as { trace_id?: string }).trace_id)).toEqual([
    '0af7651916cd43dd8448eb211c80319c',
    undefined,
  ])
})

test('a person sees one short line, and the stack of an error below it', () => {
  const { lines, log } = collect(true)
  log.warn({ stream: 'workflow-web', attempts: 3 }, 'again')
  log.error(new Error('broken'), 'failed')
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}poller: again stream=workflow-web attempts=3\n$/)
  expect(lines[1]).toMatch(/ERROR poller: failed\nError: broken\n {4}at /)
})
