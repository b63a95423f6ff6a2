import { describeRef, isMarked, markLabel, refOf, workflowDecider, workflowStream } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { foldStream, watchingStreams } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { vaults } from './vault.ts'

/** The workflow of this installation that an object belongs to. */
export type Claimant = { readonly id: string; readonly name: string }

/** Tells whose mark it is; undefined for one that this installation does not know (any more). */
export type WorkflowOf = (mark: string) => Promise<Claimant | undefined>

export function workflowOfMark(log: EventLog, installationKey: Uint8Array): WorkflowOf {
  const openVault = vaults(log, installationKey)
  return async (mark) => {
    const ids = (await watchingStreams(log)).map((stream) => stream.slice(workflowStream('').length))
    const id = ids.find((known) => openVault(known).mark === mark)
    if (id === undefined) return undefined
    const { state } = await foldStream(log, workflowStream(id), workflowDecider)
    return state.config === null ? undefined : { id, name: state.config.name }
  }
}

/** The other workflow of this installation that has an object; undefined if none has. `mark`: of the one that asks. */
export async function otherClaimant(
  live: KubernetesObject,
  mark: string,
  workflowOf: WorkflowOf,
): Promise<Claimant | undefined> {
  const found = live.metadata.labels?.[markLabel]
  if (found === undefined || found === mark || !isMarked(live, found)) return undefined
  return workflowOf(found)
}

/** `shop-db`, or `shop-db ("Shop database")`. */
export function claimantText({ id, name }: Claimant): string {
  return name === id ? `the workflow ${id}` : `the workflow ${id} (${JSON.stringify(name)})`
}

/** How an object comes from one workflow to another without being deleted. */
export function handOver(live: KubernetesObject, { id }: Claimant): string {
  const { kind, name, namespace } = refOf(live)
  const unmark = `kubectl label ${kind.toLowerCase()} ${name}${namespace === undefined ? '' : ` --namespace=${namespace}`} ${markLabel}-`
  return `hand it over: take it out of what ${id} declares, with auto_prune off, then \`${unmark}\`, and let this workflow take it with --conflict-resolution take`
}

export function claimedText(live: KubernetesObject, claimant: Claimant): string {
  return `${describeRef(refOf(live))} belongs to ${claimantText(claimant)}, which this sync does not take it from`
}
