import { planV1 } from '@plimsoll/proto'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { longestComment, planMarkdown, shortestComment } from '../output/markdown/plan-markdown.ts'
import { planText } from '../output/plan/plan-text.ts'
import { printData } from '../output/print.ts'

/** Exit codes as `kubectl diff` has them: 0 no difference, 1 differences, more when it could not be told. */
export const failedDiffExitCode = 2

type Options = {
  readonly reason?: string
  readonly output?: 'human' | 'json' | 'yaml' | 'markdown'
  readonly full?: boolean
  readonly unified?: boolean
  readonly maxLength?: number
}

export function registerDiffCommand(program: Command, io: Io): void {
  withServer(program.command('diff').argument('<workflow>'), ['human', 'json', 'yaml', 'markdown'])
    .description('what a sync would do now; exit code 0: nothing, 1: changes, above: error')
    .option('--full', 'cut, fold and leave out nothing')
    .option('--unified', 'show unified diffs in place of fields')
    .addOption(
      new Option('--max-length <characters>', 'of -o markdown; what GitHub takes as one comment')
        .default(longestComment)
        .argParser(lengthOf),
    )
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], Options>(io, async ({ connection, io: shown }, options, workflowId) => {
        const { output = 'human', reason } = options
        io.err(`Reading the remote and planning ${workflowId} …\n`)
        const { plan } = await connection.gitops.generateDiff({
          workflowId,
          omitStates: output === 'human' || output === 'markdown',
          ...(reason !== undefined && { reason }),
        })
        const data = plan === undefined ? null : planV1(plan)
        if (output === 'markdown') io.out(planMarkdown(data, workflowId, options.maxLength))
        else if (output === 'human') io.out(planText(data, { ...shown, ...options }))
        else printData(io, output, data)
        return data === null || data.summary.total_changes + data.summary.conflict_count === 0 ? 0 : 1
      }),
    )
}

function lengthOf(text: string): number {
  const length = Number(text)
  if (!Number.isInteger(length) || length < shortestComment)
    throw new InvalidArgumentError(`a whole number of characters, at least ${shortestComment}`)
  return length
}
