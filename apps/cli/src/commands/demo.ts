import { join, resolve } from 'node:path'
import { untilAborted } from '@plimsoll/runtime'
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { untilStopped } from '../up/until-stopped.ts'

/** `runWords` runs another command of this program; answers its exit code. */
export function registerDemoCommand(
  program: Command,
  io: Io,
  runWords: (words: readonly string[], io: Io) => Promise<number>,
): void {
  program
    .command('demo')
    .description('start Plimsoll and watch two commits become objects of a cluster')
    .option('--exit', 'end after the demo; exit code 0 if every step went well')
    .action(({ exit = false }: { readonly exit?: boolean }) =>
      untilStopped(io, async (stack, signal) => {
        const { startPlimsoll } = await import('../up/start-plimsoll.ts')
        const { openShop } = await import('../demo/open-shop.ts')
        const { runDemo } = await import('../demo/run-demo.ts')
        const { whatNext } = await import('../demo/what-next.ts')
        const folder = resolve(io.cwd, '.plimsoll')
        io.err('Starting Plimsoll on servers of its own\n')
        const tell = (line: string) => io.err(`  ${line}\n`)
        const opened = Promise.withResolvers<Awaited<ReturnType<typeof openShop>>>()
        const beside = async () => {
          const shop = await openShop(folder, io.cwd)
          opened.resolve(shop)
          return shop
        }
        const plimsoll = stack.use(await startPlimsoll({ folder, env: io.env, tell, signal, beside }))
        io.err(`Plimsoll is up after ${plimsoll.seconds} s: ${plimsoll.url}\n`)
        const shop = await opened.promise
        // Its commands go to this Plimsoll, whichever one the user's environment names.
        const own = { PLIMSOLL_SERVER: plimsoll.url, PLIMSOLL_TOKEN_FILE: join(folder, 'token') }
        const ownIo = { ...io, env: { ...io.env, ...own } }
        await runDemo({ ...plimsoll, io: ownIo, shop, plimsoll: runWords, signal })
        if (exit) return
        io.out(await whatNext(shop, plimsoll.kubeconfig, io.env))
        await untilAborted(signal)
        io.err('Stopping\n')
      }),
    )
}
