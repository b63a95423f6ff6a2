import { planV1, type GenerateDiffResponse, type PlanV1 } from '@plimsoll/proto'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { usage } from '../cli-error.ts'
import type { Connection } from '../client.ts'
import { action, withServer } from '../context.ts'
import type { Io } from '../io.ts'
import { cleanLine } from '../output/clean.ts'
import { longestComment, planMarkdown, shortestComment } from '../output/markdown/plan-markdown.ts'
import { planText } from '../output/plan/plan-text.ts'
import { printData } from '../output/print.ts'

/** Exit codes as `kubectl diff` has them: 0 no difference, 1 differences, more when it could not be told. */
export const failedDiffExitCode = 2

type Options = {
  readonly revision?: string
  readonly plan?: string
  readonly from?: string
  readonly to?: string
  readonly reason?: string
  readonly output?: 'human' | 'json' | 'yaml' | 'markdown'
  readonly full?: boolean
  readonly unified?: boolean
  readonly maxLength?: number
}

export function registerDiffCommand(program: Command, io: Io): void {
  withServer(program.command('diff').argument('<workflow>'), ['human', 'json', 'yaml', 'markdown'])
    .description('what a sync would do now; exit code 0: nothing, 1: changes, above: error')
    .option('--revision <ref>', 'plan another branch, tag, ref (refs/pull/7/head) or commit; nothing is synced by it')
    .option(
      '--from <point>',
      'compare manifests without the cluster: a revision, or what was applied at @2h, @INSTANT, @POSITION',
    )
    .option('--to <point>', 'the other point to compare (default: @now, what is applied)')
    .option('--plan <digest>', 'show a plan as it was made, such as one that waits for approval')
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
        const { output = 'human' } = options
        const omitted = {
          omitStates: output === 'human' || output === 'markdown',
          omitUnifiedDiff: output === 'human' && options.unified !== true && options.full !== true,
        }
        const {
          plan,
          notes,
          equal,
          awaitsApproval = false,
        } = await planOf(io, connection, workflowId, options, omitted)
        // What no sync would do, none can be told to do.
        const readable = plan && options.revision !== undefined ? { ...plan, digest: '' } : plan
        if (output === 'markdown') io.out(planMarkdown(readable, workflowId, options.maxLength, awaitsApproval))
        else if (output !== 'human') printData(io, output, plan)
        else if (plan === null && equal !== undefined) io.out(equal)
        else io.out(planText(readable, { ...shown, ...options, awaitsApproval }))
        // Those of a plan are among its warnings.
        if (plan === null) for (const note of notes) io.err(`${cleanLine(note)}\n`)
        // Two points may differ in a hook alone, which no sync would do anything about.
        const differs =
          options.from !== undefined || (plan?.summary.total_changes ?? 0) + (plan?.summary.conflict_count ?? 0) > 0
        return plan !== null && differs ? 1 : 0
      }),
    )
}

type Answer = {
  readonly plan: PlanV1 | null
  readonly notes: readonly string[]
  /** What to say when there is no plan, if it is not that the cluster is as it should be. */
  readonly equal?: string
  /** A sync waits until somebody approves this very plan. */
  readonly awaitsApproval?: boolean
}

async function planOf(
  io: Io,
  { gitops }: Connection,
  workflowId: string,
  { revision, plan: asked, from, to, reason }: Options,
  omitted: { readonly omitStates: boolean; readonly omitUnifiedDiff: boolean },
): Promise<Answer> {
  const why = reason === undefined ? {} : { reason }
  if (from !== undefined) {
    if (revision !== undefined)
      throw usage('--revision', 'it plans against the cluster, and --from compares without it')
    if (asked !== undefined) throw usage('--plan', 'it is shown as it was made, and --from compares two points')
    io.err(`Comparing ${cleanLine(from)} with ${cleanLine(to ?? '@now')} …\n`)
    const request = { workflowId, from, ...omitted, ...(to !== undefined && { to }), ...why }
    const { plan, notes } = await gitops.comparePoints(request)
    const equal = `Nothing to tell: ${cleanLine(from)} and ${cleanLine(to ?? '@now')} declare the same.\n`
    return { plan: plan === undefined ? null : planV1(plan), notes, equal }
  }
  if (to !== undefined) throw usage('--to', 'it needs --from, the point to compare it with')
  if (asked !== undefined) {
    if (revision !== undefined) throw usage('--plan', 'a plan is of one revision: leave --revision out')
    return answerOf(await gitops.generateDiff({ workflowId, ...omitted, plan: asked, ...why }))
  }
  io.err(
    revision === undefined
      ? `Reading the remote and planning ${workflowId} …\n`
      : `Reading ${cleanLine(revision)} from the remote and planning it for ${workflowId} …\n`,
  )
  const which = revision === undefined ? {} : { revision }
  return answerOf(await gitops.generateDiff({ workflowId, ...omitted, ...which, ...why }))
}

function answerOf({ plan, awaitsApproval }: GenerateDiffResponse): Answer {
  return { plan: plan === undefined ? null : planV1(plan), notes: [], awaitsApproval }
}

function lengthOf(text: string): number {
  const length = Number(text)
  if (!Number.isInteger(length) || length < shortestComment)
    throw new InvalidArgumentError(`a whole number of characters, at least ${shortestComment}`)
  return length
}
