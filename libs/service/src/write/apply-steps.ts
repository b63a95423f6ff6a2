import { groupOf, refOf } from '@plimsoll/domain'
import type { KubernetesObject, Step } from '@plimsoll/domain'
import { applyOrder, waitEstablished } from '@plimsoll/kubernetes'
import { awaitQuotas } from './await-quotas.ts'
import { carryOut } from './carry-out.ts'
import type { Outcome, Writer } from './carry-out.ts'
import { inParallel } from '@plimsoll/runtime'

const writesInFlight = 16
const establishTimeoutMs = 60_000
const countTimeoutMs = 10_000

/**
 * Carries out steps in the order of kinds, those of one rank in parallel, deletions last and the other way round.
 * A rank that fails somewhere is finished, and the ranks behind it are begun only with `goesOn`.
 */
export async function applySteps(
  writer: Writer,
  steps: readonly Step[],
  onOutcome: (outcome: Outcome) => void,
  { goesOn = false }: { readonly goesOn?: boolean } = {},
): Promise<void> {
  for (const rank of inRanks(steps)) {
    const outcomes = await inParallel(rank, writesInFlight, async (step) => {
      const outcome = await carryOut(writer, step)
      onOutcome(outcome)
      return outcome
    })
    if (!goesOn && outcomes.some(({ done }) => done === 'failed')) return
    const quotas = rank.flatMap((step) => written(step, 'ResourceQuota'))
    await awaitQuotas(writer.cluster, quotas, { timeoutMs: countTimeoutMs, signal: writer.signal })
    const definitions = rank.flatMap((step) => written(step, 'CustomResourceDefinition'))
    if (definitions.length > 0)
      await waitEstablished(writer.cluster, definitions, { timeoutMs: establishTimeoutMs, signal: writer.signal })
  }
}

function inRanks(steps: readonly Step[]): readonly (readonly Step[])[] {
  const ranks = Map.groupBy(steps, rankOf)
  return [...ranks].toSorted(([a], [b]) => a - b).map(([, rank]) => rank)
}

const afterAllApplies = 1_000

function rankOf(step: Step): number {
  const { kind, apiVersion } = step.action === 'delete' ? step.ref : refOf(step.object)
  const order = applyOrder(kind, groupOf(apiVersion))
  return step.action === 'delete' ? afterAllApplies - order : order
}

function written(step: Step, kind: string): readonly KubernetesObject[] {
  return step.action !== 'delete' && step.object.kind === kind ? [step.object] : []
}
