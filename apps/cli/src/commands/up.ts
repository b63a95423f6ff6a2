import { resolve } from 'node:path'
import { untilAborted } from '@plimsoll/runtime'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { Io } from '../io.ts'
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
    .option('--port <number>', 'port of the api', portNumber)
    .option('--postgres <url>', 'use this Postgres (PLIMSOLL_POSTGRES_URL)', io.env['PLIMSOLL_POSTGRES_URL'])
    .option('--nats <url>', 'use this NATS server (PLIMSOLL_NATS_URL)', io.env['PLIMSOLL_NATS_URL'])
    .option('--kubeconfig <file>', 'use the cluster of this kubeconfig')
    .option('--context <name>', 'the context of the kubeconfig')
    .action(({ dir, ...options }: Options) =>
      untilStopped(io, async (stack, signal) => {
        const { startPlimsoll } = await import('../up/start-plimsoll.ts')
        const tell = (line: string) => io.err(`  ${line}\n`)
        io.err('Starting Plimsoll\n')
        const plimsoll = stack.use(
          await startPlimsoll({ ...options, folder: resolve(io.cwd, dir), env: io.env, tell, signal }),
        )
        io.out(`Plimsoll is up: ${plimsoll.url}\n`)
        if (plimsoll.kubeconfig !== undefined) io.out(`  kubeconfig  ${plimsoll.kubeconfig}\n`)
        io.out(`  log         ${plimsoll.logFile}\n  stop        Ctrl-C; all state stays in ${dir}\n`)
        await untilAborted(signal)
        io.err('Stopping\n')
      }),
    )
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 1 to 65535')
  return port
}
