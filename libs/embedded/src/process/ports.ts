import { randomInt } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { reapLeftover } from './leftover.ts'

// Below the range from which the kernel takes ports for outgoing connections: none of those can sit on
// a server's port while it restarts.
const lowest = 20_000
const highest = 32_000

/** A TCP port of 127.0.0.1 on which nobody listens now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(lowest, highest)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port on 127.0.0.1 between ${lowest} and ${highest}`)
}

/**
 * The port that `name` had in this folder before, if it is free, else a new one that is noted for the next time:
 * after a restart clients find the server where it was. A leftover of an earlier run that still holds it is ended.
 */
export async function keptPort(folder: string, name: string): Promise<number> {
  const file = join(folder, `${name}.port`)
  await reapLeftover(folder, name)
  const kept = readPort(file)
  if (kept !== undefined && (await isFree(kept))) return kept
  const port = await freePort()
  writeFileSync(`${file}.new`, `${port}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return port
}

function readPort(file: string): number | undefined {
  try {
    const port = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
