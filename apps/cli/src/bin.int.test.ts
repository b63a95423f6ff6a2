import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
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
