import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { settingOf } from '@plimsoll/embedded'
import { testEnvironment, testTool } from '@plimsoll/harness'
import type { CommandEnd } from '../src/index.ts'
import type { Asked, Told } from './command-process.ts'

const nobody = 65534
export const isRoot = process.getuid?.() === 0

/** As whom commands are started: without root there is no other user. */
export const users: readonly [string, number | undefined][] = [
  ['this user', undefined],
  ...(isRoot ? [['an ordinary user', nobody] as [string, number]] : []),
]

/** The programs that commands need, where every user may run them, as settings of the environment. */
export async function commandTools(): Promise<Disposable & { readonly env: NodeJS.ProcessEnv }> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-commands-'))
  const env: NodeJS.ProcessEnv = {}
  for (const name of ['plimsoll-sandbox', 'kubectl', 'helm'] as const) {
    const path = join(folder, name)
    copyFileSync(await testTool(name), path)
    env[settingOf(name)] = path
  }
  chmodSync(folder, 0o755)
  return { env, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

export type Started = AsyncDisposable & {
  readonly child: ChildProcess
  readonly outputs: readonly string[]
  readonly end: () => Promise<CommandEnd | string>
}

type Wanted = Partial<Omit<Asked, 'command'>> & {
  readonly command: Partial<Asked['command']> & { readonly command: string }
}

/** Runs a command from a process of its own, as a service does: `end` answers how it ended, or what was thrown. */
export function startCommand(env: NodeJS.ProcessEnv, { command, ...wanted }: Wanted): Started {
  const asked: Asked = {
    kubeconfigText: readFileSync(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8'),
    enabled: true,
    leaseMs: 30_000,
    hosts: [],
    ...wanted,
    command: {
      config: {
        id: 'shop',
        destination: { cluster: 'default', namespace: 'default', create_namespace: false, service_account: null },
      },
      where: 'pre_sync_hooks[0]',
      revision: 'c0ffee',
      syncId: 'sync-1',
      timeoutMs: 60_000,
      hidden: [],
      ...command,
    },
  }
  const script = fileURLToPath(new URL('command-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(asked)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, HOME: tmpdir(), SECRET_OF_OURS: 'canary-of-ours' },
  })
  const outputs: string[] = []
  let end: CommandEnd | string | undefined
  createInterface(child.stdout).on('line', (line) => {
    const told = JSON.parse(line) as Told
    if ('output' in told) outputs.push(told.output)
    else end = 'end' in told ? told.end : told.thrown
  })
  const closed = once(child, 'close')
  return {
    child,
    outputs,
    end: async () => {
      await closed
      if (end === undefined) throw new Error('the process ended before the command')
      return end
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
