import { groupOf, refOf, waveOf } from '@plimsoll/domain'
import type { KubernetesObject, Step } from '@plimsoll/domain'
import { applyOrder, waitEstablished } from '@plimsoll/kubernetes'
import { awaitQuotas } from './await-quotas.ts'
import { carryOut } from './carry-out.ts'
import type { Outcome } from './carry-out.ts'
import type { Writer } from './writer.ts'
import { inParallel } from '@plimsoll/runtime'

const writesInFlight = 16
const establishTimeoutMs = 60_000
const countTimeoutMs = 10_000

export type ApplyOptions = {
  /** What failed does not keep what comes behind it from being begun. */
  readonly goesOn?: boolean
  /** Called before each wave, when the one before it is done; true begins it. */
  readonly enterWave?: (wave: number) => Promise<boolean>
}

/**
 * Carries out steps wave by wave, within a wave in the order of kinds, those of one rank in parallel; deletions last and the
 * other way round. A rank that fails somewhere is finished, and what is behind it is begun only with `goesOn`.
 */
export async function applySteps(
  writer: Writer,
  steps: readonly Step[],
  onOutcome: (outcome: Outcome) => void,
  { goesOn = false, enterWave }: ApplyOptions = {},
): Promise<void> {
  for (const { wave, ranks } of inWaves(steps)) {
    if (enterWave !== undefined && !(await enterWave(wave))) return
    for (const rank of ranks) {
      const outcomes = await applyRank(writer, rank, onOutcome)
      if (!goesOn && outcomes.some(({ done }) => done === 'failed')) return
    }
  }
}

async function applyRank(
  writer: Writer,
  rank: readonly Step[],
  onOutcome: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const outcomes = await inParallel(rank, writesInFlight, async (step) => {
    const outcome = await carryOut(writer, step)
    onOutcome(outcome)
    return outcome
  })
  if (outcomes.some(({ done }) => done === 'failed')) return outcomes
  const quotas = rank.flatMap((step) => written(step, 'ResourceQuota'))
  await awaitQuotas(writer.cluster, quotas, { timeoutMs: countTimeoutMs, signal: writer.signal })
  const definitions = rank.flatMap((step) => written(step, 'CustomResourceDefinition'))
  if (definitions.length > 0)
    await waitEstablished(writer.cluster, definitions, { timeoutMs: establishTimeoutMs, signal: writer.signal })
  return outcomes
}

type Wave = { readonly wave: number; readonly ranks: readonly (readonly Step[])[] }

function inWaves(steps: readonly Step[]): readonly Wave[] {
  const { applied = [], deleted = [] } = Object.groupBy(steps, ({ action }) =>
    action === 'delete' ? 'deleted' : 'applied',
  )
  return [...wavesOf(applied), ...wavesOf(deleted).toReversed().map(backwards)]
}

function wavesOf(steps: readonly Step[]): readonly Wave[] {
  const waves = Map.groupBy(steps, (step) => (step.action === 'delete' ? (step.wave ?? 0) : waveOf(step.object)))
  return [...waves]
    .toSorted(([a], [b]) => a - b)
    .map(([wave, members]) => ({
      wave,
      ranks: [...Map.groupBy(members, rankOf)].toSorted(([a], [b]) => a - b).map(([, rank]) => rank),
    }))
}

function backwards({ wave, ranks }: Wave): Wave {
  return { wave, ranks: ranks.toReversed() }
}

function rankOf(step: Step): number {
  const { kind, apiVersion } = step.action === 'delete' ? step.ref : refOf(step.object)
  return applyOrder(kind, groupOf(apiVersion))
}

function written(step: Step, kind: string): readonly KubernetesObject[] {
  return step.action !== 'delete' && step.object.kind === kind ? [step.object] : []
}
