import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const bin = fileURLToPath(new URL('../bin/plimsoll.mjs', import.meta.url))

/** Every Node on this machine: the one that runs npm, and those on PATH. */
const nodes = [
  process.env['npm_node_execpath'],
  ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node')),
  '/usr/bin/node',
  process.execPath,
].flatMap((path) => (path !== undefined && existsSync(path) ? realpathSync(path) : []))

test.each([...new Set(nodes)])(
  'the command starts by %s, which may be older than what Plimsoll runs on',
  async (node) => {
    const { stdout } = await run(node, [bin, '--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  },
)

test.each([['diff', 'web'], ['progress'], ['rollback', 'web', '--plan']])(
  'an error of %s %s %s is not the exit code of an answer',
  async (...words) => {
    const nowhere = [...words.filter((word) => word !== undefined), '--server', 'http://127.0.0.1:1']
    await expect(run(process.execPath, [bin, ...nowhere])).rejects.toMatchObject({ code: 2 })
  },
)

test.each([
  [['workflow', 'create', '--autosync'], 'Did you mean --auto-sync?', 'Look at `plimsoll workflow create --help`.'],
  [['stauts'], 'Did you mean status?', 'Look at `plimsoll --help`.'],
  [['diff', 'shop', '--to', 'main', '--server', 'http://127.0.0.1:1'], 'needs --from', '`plimsoll diff --help`'],
])('what is wrong with %j is told with what was meant, and where to read on', async (words, meant, help) => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-bin-'))
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
  const token = join(folder, 'token')
  await writeFile(token, 'none\n')
  const env = { ...process.env, PLIMSOLL_TOKEN_FILE: token }
  const told = expect.stringMatching(new RegExp(`${RegExp.escape(meant)}[^]*${RegExp.escape(help)}`)) as unknown
  await expect(run(process.execPath, [bin, ...words], { env })).rejects.toMatchObject({ code: 2, stderr: told })
})
