import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { untilAborted } from '@plimsoll/runtime'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { usage } from '../cli-error.ts'
import type { Io } from '../io.ts'
import type { Plimsoll } from '../up/start-plimsoll.ts'
import { untilStopped } from '../up/until-stopped.ts'

type Options = {
  readonly dir: string
  readonly port?: number
  readonly postgres?: string
  readonly nats?: string
  readonly kubeconfig?: string
  readonly context?: string
}

export function registerUpCommand(program: Command, io: Io): void {
  program
    .command('up')
    .description('start Plimsoll whole on this machine, with Postgres, NATS and a Kubernetes API server of its own')
    .option('--dir <folder>', 'where all state is kept', '.plimsoll')
    .option('--port <number>', 'port of the api; without it a free one, which is kept', portNumber)
    .option('--postgres <url>', 'use this Postgres (or PLIMSOLL_POSTGRES_URL, which keeps a password to yourself)')
    .option('--nats <url>', 'use this NATS server (or PLIMSOLL_NATS_URL)')
    .option('--kubeconfig <file>', 'use the cluster of this kubeconfig')
    .option('--context <name>', 'the context of the kubeconfig')
    .action(({ dir, ...given }: Options) => {
      const kubeconfig = given.kubeconfig && resolve(io.cwd, given.kubeconfig)
      const options = { ...fromEnvironment(io.env), ...given, kubeconfig }
      if (options.context !== undefined && options.kubeconfig === undefined)
        throw usage('--context', 'it names a context of a kubeconfig', 'Name that with --kubeconfig FILE.')
      return untilStopped(io, async (stack, signal) => {
        const { openShop } = await import('../demo/open-shop.ts')
        const { startPlimsoll } = await import('../up/start-plimsoll.ts')
        const folder = resolve(io.cwd, dir)
        const tell = (line: string) => io.err(`  ${line}\n`)
        io.err(`Starting Plimsoll in ${folder}\n`)
        // Where the demo ran, its workflow goes on.
        const beside = existsSync(join(folder, 'demo-token')) ? () => openShop(folder, io.cwd) : undefined
        const plimsoll = stack.use(await startPlimsoll({ ...options, folder, env: io.env, tell, signal, beside }))
        io.err(`Plimsoll is up after ${plimsoll.seconds} s\n`)
        io.out(upText(plimsoll, folder, dir))
        await untilAborted(signal)
        io.err('Stopping\n')
      })
    })
}

/** Not as defaults of the options: the help shows those, with their passwords. */
function fromEnvironment(env: Io['env']): Pick<Options, 'postgres' | 'nats'> {
  const { PLIMSOLL_POSTGRES_URL: postgres, PLIMSOLL_NATS_URL: nats } = env
  return { ...(postgres && { postgres }), ...(nats && { nats }) }
}

function upText({ url, kubeconfig, logFile }: Plimsoll, folder: string, dir: string): string {
  const elsewhere = basename(folder) === '.plimsoll' ? '' : ` --server ${url} --token-file "${join(dir, 'token')}"`
  const lines = [
    ['api', url],
    ['kubeconfig', kubeconfig],
    ['log', logFile],
    ['next', `npx plimsoll status${elsewhere}, in another terminal in this folder`],
    ['stop', `Ctrl-C; all state stays in ${dir}`],
  ]
  return lines.map(([name = '', text = '']) => `  ${name.padEnd(10)}  ${text}\n`).join('')
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 1 to 65535')
  return port
}
