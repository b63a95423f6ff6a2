import type { Command } from 'commander'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { printData } from '../output/print.ts'

type Options = { readonly reason?: string }

export function registerAutoSyncCommands(program: Command, io: Io): void {
  const autoSync = program.command('auto-sync').description('apply new commits of all workflows that have auto-sync')
  for (const [verb, does] of [
    ['start', 'started'],
    ['stop', 'stopped'],
  ] as const)
    withServer(autoSync.command(verb))
      .description(`${verb} auto-sync`)
      .option('--reason <text>', 'kept in the log')
      .action(
        action<[], Options>(io, async ({ connection: { gitops }, format }, options) => {
          const { changed, token } = await (verb === 'start'
            ? gitops.startAutoSync(options)
            : gitops.stopAutoSync(options))
          if (format !== 'human') printData(io, format, { changed, token })
          else io.err(changed ? `auto-sync ${does}\n` : `auto-sync was ${does} already\n`)
        }),
      )
}
