import {
  EnvironmentProgressSchema,
  GetProgressResponseSchema,
  type EnvironmentProgress,
  type GetProgressResponse,
  type WatchProgressResponse,
} from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { jsonOf, printData, printItem } from '../output/print.ts'
import { table } from '../output/table.ts'

type Options = { readonly selector?: string; readonly watch?: boolean }

export function registerProgressCommand(program: Command, io: Io): void {
  withServer(program.command('progress'))
    .description(
      'how far several workflows have come, in the order of promotion; exit code 1: not all have the newest, above: error',
    )
    .option(
      '-l, --selector <labels>',
      'only those with these labels: app=shop, tier!=test, env in (a, b), team, !legacy',
    )
    .option('-w, --watch', 'go on with each change; with -o json one object per line')
    .action(
      action<[], Options>(io, (context, { selector = '', watch }) =>
        watch ? follow(context, selector) : show(context, selector),
      ),
    )
}

async function show({ io, connection, format }: Context, selector: string): Promise<number> {
  const progress = await connection.gitops.getProgress({ selector })
  if (format === 'human') io.out(progressText(progress, io))
  else printData(io, format, jsonOf(GetProgressResponseSchema, progress))
  return progress.environments.every(({ current }) => current) ? 0 : 1
}

async function follow({ io, connection, format }: Context, selector: string): Promise<void> {
  const changes = connection.follow((call) => connection.gitops.watchProgress({ selector }, call))
  for await (const progress of changes) {
    // Sent while nothing changes.
    if (progress.summary === '') continue
    if (format === 'human') io.out(`${new Date().toISOString()}\n${progressText(progress, io)}\n`)
    else
      printItem(io, format, {
        summary: progress.summary,
        environments: progress.environments.map((each) => jsonOf(EnvironmentProgressSchema, each)),
      })
  }
}

/** A line for each workflow, and the sentence for the whole. */
export function progressText(
  { environments, summary }: Pick<GetProgressResponse | WatchProgressResponse, 'environments' | 'summary'>,
  io: Pick<Io, 'width'>,
): string {
  const columns = [
    { title: 'ENVIRONMENT', value: ({ environment }: EnvironmentProgress) => environment },
    { title: 'WORKFLOW', value: ({ workflowId }: EnvironmentProgress) => workflowId },
    { title: 'STATUS', value: ({ status }: EnvironmentProgress) => status },
    { title: 'SYNCED', value: ({ revision }: EnvironmentProgress) => revision.slice(0, 10) },
    { title: 'NEWEST', value: ({ current, newest }: EnvironmentProgress) => (current ? 'yes' : newest.slice(0, 10)) },
    { title: 'AFTER', value: ({ after, follows }: EnvironmentProgress) => afterText(after, follows) },
    { title: 'WAITS FOR', value: ({ waitsFor }: EnvironmentProgress) => (waitsFor ? waitText(waitsFor) : '') },
  ]
  const lines = environments.length === 0 ? '' : `${table(environments, columns, io.width)}\n`
  return `${lines}${cleanLine(summary)}\n`
}

function afterText(after: readonly string[], follows: boolean): string {
  return after.length === 0 ? '' : `${after.join(', ')}${follows ? '' : ' (behind it)'}`
}

function waitText({ who, message }: NonNullable<EnvironmentProgress['waitsFor']>): string {
  return who === 'nobody' ? message : `${who}: ${message}`
}
