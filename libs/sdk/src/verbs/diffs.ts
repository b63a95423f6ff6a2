import { planV1, type PlanV1 } from '@plimsoll/proto'
import { answered } from '../answered.ts'
import { planMs, pointText, rpcOptions, whyOf, type Session } from '../session.ts'
import type { CommandOptions, Point } from '../shapes/options.ts'

/** What a sync would do: the published form `plan.v1`, which docs/plan.v1.schema.json describes. */
export type Diff = PlanV1

export type DiffOptions = CommandOptions & {
  /** Another branch, tag, ref (`refs/pull/7/head`) or commit; nothing is synced because of it. */
  readonly revision?: string | undefined
  /** A plan that was made before, by its digest or eight of its digits at least: as it was made. Not with `revision`. */
  readonly plan?: string | undefined
  /** Leaves `current_state` and `desired_state` out. Default false. */
  readonly omit_states?: boolean | undefined
  /** Leaves `unified_diff` of the changes empty: it is not made then. Default false. */
  readonly omit_unified_diff?: boolean | undefined
}

export type ComparedPoint = {
  /** As it was given. */
  readonly point: string
  /** The commit that it stands for; empty when nothing was applied then. */
  readonly revision: string
}

export type Comparison = {
  /** Changes from one to the other; null when both declare the same. No sync does this: it has no digest. */
  readonly diff: Diff | null
  readonly from: ComparedPoint
  readonly to: ComparedPoint
  /** What to know of the points, such as a sync that had failed. */
  readonly notes: readonly string[]
}

export type DiffVerbs = {
  /**
   * Reads the remote and answers what a sync would do now; null when nothing is to be done.
   * @throws PreconditionError when the remote cannot be read or the manifests are wrong, with file and line
   */
  readonly generateDiff: (id: string, options?: DiffOptions) => Promise<Diff | null>
  /** Another name for `generateDiff`. */
  readonly previewChanges: (id: string, options?: DiffOptions) => Promise<Diff | null>
  /** What differs between two points, by what they declare or what was applied then. The cluster is not asked. */
  readonly comparePoints: (
    id: string,
    points: { readonly from: Point; /** Default: what is applied. */ readonly to?: Point | undefined },
    options?: Omit<DiffOptions, 'revision' | 'plan'>,
  ) => Promise<Comparison>
}

export function diffVerbs({ connection, remember }: Session): DiffVerbs {
  const { gitops } = connection
  async function generateDiff(workflowId: string, options: DiffOptions = {}): Promise<Diff | null> {
    const { revision, plan: asked } = options
    const which = { ...(revision !== undefined && { revision }), ...(asked !== undefined && { plan: asked }) }
    const request = { workflowId, ...omittedOf(options), ...which, ...whyOf(options) }
    const { plan, token } = await gitops.generateDiff(request, rpcOptions(options, planMs))
    remember(token)
    return plan === undefined ? null : planV1(plan)
  }
  return {
    generateDiff,
    previewChanges: generateDiff,
    async comparePoints(workflowId, { from, to }, options = {}) {
      const points = { from: pointText(from), ...(to !== undefined && { to: pointText(to) }) }
      const request = { workflowId, ...omittedOf(options), ...points, ...whyOf(options) }
      const answer = await gitops.comparePoints(request, rpcOptions(options, planMs))
      return {
        diff: answer.plan === undefined ? null : planV1(answer.plan),
        from: comparedOf(answered(answer.from, 'from')),
        to: comparedOf(answered(answer.to, 'to')),
        notes: answer.notes,
      }
    },
  }
}

type Omitted = Pick<DiffOptions, 'omit_states' | 'omit_unified_diff'>

function omittedOf({ omit_states: omitStates = false, omit_unified_diff: omitUnifiedDiff = false }: Omitted) {
  return { omitStates, omitUnifiedDiff }
}

function comparedOf({ point, revision }: ComparedPoint): ComparedPoint {
  return { point, revision }
}
