import { join, resolve } from 'node:path'
import { untilAborted } from '@plimsoll/runtime'
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { untilStopped } from '../up/until-stopped.ts'

/** `runWords` runs another command of this program; answers its exit code. */
export function registerDemoCommand(
  program: Command,
  io: Io,
  runWords: (words: readonly string[]) => Promise<number>,
): void {
  program
    .command('demo')
    .description('start Plimsoll and watch two commits become objects of a cluster')
    .option('--exit', 'end after the demo; exit code 0 if every step went well')
    .action(({ exit = false }: { readonly exit?: boolean }) =>
      untilStopped(io, async (stack, signal) => {
        const { startPlimsoll } = await import('../up/start-plimsoll.ts')
        const { runDemo } = await import('../demo/run-demo.ts')
        const folder = resolve(io.cwd, '.plimsoll')
        io.err('Starting Plimsoll on servers of its own\n')
        const tell = (line: string) => io.err(`  ${line}\n`)
        const plimsoll = stack.use(await startPlimsoll({ folder, env: io.env, tell, signal }))
        io.err(`Plimsoll is up: ${plimsoll.url}\n`)
        stack.use(await runDemo({ io, folder, plimsoll: (...words) => runWords(words), signal }))
        if (exit) return
        io.out(whatNext(folder, plimsoll.kubeconfig ?? ''))
        await untilAborted(signal)
        io.err('Stopping\n')
      }),
    )
}

function whatNext(folder: string, kubeconfig: string): string {
  return `
Plimsoll stays up. In another terminal, in this folder, try:

  npx plimsoll status                                 all workflows
  npx plimsoll status web-shop --watch                and go on with each change
  npx plimsoll events --follow                        the log as it grows
  kubectl --kubeconfig "${kubeconfig}" get all -n web-shop
  git clone "${join(folder, 'demo', 'web-shop.git')}"    commit and push: it is applied by itself
  npx plimsoll repo add <url of your repository>      and then workflow create, diff, sync

Ctrl-C stops it; all state stays in .plimsoll, and the next start goes on from there.
`
}
