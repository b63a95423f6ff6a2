import { dirname, join, resolve } from 'node:path'
import { processStart } from '@plimsoll/embedded'
import { findClientFile } from '@plimsoll/sdk/node'
import type { ServerOptions } from '../client.ts'
import type { Io } from '../io.ts'
import { readUpFile } from '../up/up-file.ts'
import { checkCluster } from './check-cluster.ts'
import { checkCommands } from './check-commands.ts'
import { checkFetching } from './check-fetching.ts'
import { checkMachine } from './check-machine.ts'
import { checkSandbox } from './check-sandbox.ts'
import { checkServer } from './check-server.ts'
import { checkState } from './check-state.ts'
import type { Check } from './check.ts'

/** Looks at each part: this machine first, then the state folder, then the server and what it stands on. */
export async function runChecks(io: Io, options: ServerOptions): Promise<readonly Check[]> {
  const found = await findClientFile(io.cwd).catch(() => undefined)
  const folder = found === undefined ? join(resolve(io.cwd), '.plimsoll') : dirname(found.path)
  const up = await readUpFile(folder)
  const runs = up !== undefined && processStart(up.pid) === up.start
  const parts = await Promise.all([
    checkMachine(io.env),
    checkSandbox(io.env),
    checkCommands(io.env),
    checkFetching(io.env),
    checkState(folder),
    checkServer(io, options, runs ? folder : undefined),
    runs ? checkCluster(up) : undefined,
  ])
  return parts.flat().filter((check) => check !== undefined)
}
