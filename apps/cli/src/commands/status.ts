import { WorkflowStatusSchema, type WorkflowStatus } from '@plimsoll/proto'
import type { Command } from 'commander'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { jsonOf, printData, printItem } from '../output/print.ts'
import { statusText } from '../output/status.ts'
import { usage } from '../cli-error.ts'
import { resuming } from '../resume.ts'
import { list } from './workflow.ts'

export function registerStatusCommand(program: Command, io: Io): void {
  withServer(program.command('status').argument('[workflow]'))
    .description('the status of a workflow, or of all')
    .option('-w, --watch', 'go on with each change; with -o json one object per line')
    .action(
      action<[string | undefined], { readonly watch?: boolean }>(io, async (context, options, workflowId) => {
        if (workflowId === undefined && options.watch) throw usage('--watch', 'name the workflow to watch')
        if (workflowId === undefined) return list(context)
        return options.watch ? watch(context, workflowId) : once(context, workflowId)
      }),
    )
}

async function once({ io, connection, format }: Context, workflowId: string): Promise<void> {
  const { workflow } = await connection.gitops.getWorkflowStatus({ workflowId })
  if (workflow === undefined) return
  if (format === 'human') io.out(statusText(workflow, io))
  else printData(io, format, jsonOf(WorkflowStatusSchema, workflow))
}

async function watch({ io, connection, format }: Context, workflowId: string): Promise<void> {
  let resumeToken = ''
  const changes = resuming(io, () => connection.gitops.watchWorkflow({ workflowId, resumeToken }))
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
