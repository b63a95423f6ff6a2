import { WorkflowStatusSchema, type WorkflowStatus } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { jsonOf, printItem } from '../output/print.ts'
import { usage } from '../cli-error.ts'
import { showStatus } from './show-status.ts'
import { list } from './workflow.ts'

type Options = { readonly watch?: boolean; readonly at?: string; readonly objects?: boolean }

export function registerStatusCommand(program: Command, io: Io): void {
  withServer(program.command('status').argument('[workflow]'))
    .description('the status of a workflow, or of all')
    .option('-w, --watch', 'go on with each change; with -o json one object per line')
    .option('--at <moment>', 'as it was 2h ago, at @INSTANT or at @POSITION of the log; of all: those that were there')
    .option('--objects', 'with the objects that the workflow owns, or owned then')
    .action(
      action<[string | undefined], Options>(io, async (context, options, workflowId) => {
        const { watch: isWatch, at, objects } = options
        if (isWatch && workflowId === undefined) throw usage('--watch', 'name the workflow to watch')
        if (isWatch && at !== undefined) throw usage('--at', 'the past does not change: leave --watch out')
        if (isWatch && objects) throw usage('--objects', 'only the status is watched: leave --watch out')
        if (objects && workflowId === undefined) throw usage('--objects', 'name the workflow that owns them')
        if (workflowId === undefined) return list(context, { at })
        return isWatch ? watch(context, workflowId) : showStatus(context, workflowId, { at, objects })
      }),
    )
}

async function watch({ io, connection, format }: Context, workflowId: string): Promise<void> {
  let resumeToken = ''
  const changes = connection.follow((call) => connection.gitops.watchWorkflow({ workflowId, resumeToken }, call))
  for await (const { workflow, deleted, token } of changes) {
    resumeToken = token
    if (deleted) io.err(`workflow ${workflowId} was deleted\n`)
    if (workflow === undefined) continue
    if (format === 'human') io.out(changeLine(workflow))
    else printItem(io, format, jsonOf(WorkflowStatusSchema, workflow))
  }
}

function changeLine({ status, revision, reason }: WorkflowStatus): string {
  const shown = [new Date().toISOString(), status.padEnd(8), revision.slice(0, 10).padEnd(10), cleanLine(reason)]
  return `${shown.join('  ')}\n`
}
