import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  compareSets,
  parsePoint,
  workflowDecider,
  workflowStream,
  type ManifestSet,
  type Moment,
  type Plan,
  type Workflow,
  type WorkflowConfig,
} from '@plimsoll/domain'
import { BlobMissingError, readStream } from '@plimsoll/event-log'
import { diffFields } from '@plimsoll/kubernetes'
import type { ComparedPointSchema, ComparePointsRequest } from '@plimsoll/proto'
import { sensitiveIn, valueToken, vaults, type Vault } from '@plimsoll/service'
import type { Call } from '../call.ts'
import { previewRevision } from '../commands/preview-revision.ts'
import { resolveRevision } from '../commands/resolve-revision.ts'
import type { Dependencies } from '../dependencies.ts'
import { toMoment } from '../messages/moment-message.ts'
import { toPlan } from '../messages/plan-message.ts'
import { invalid, precondition } from '../refusal-error.ts'
import { findMoment, hasSet, workflowAt } from './point-in-log.ts'
import { whyNotKept } from './why-not-kept.ts'
import { workflowOf } from './workflow-of.ts'

/** What a point stands for. */
type Found = {
  readonly set: ManifestSet
  readonly revision: string
  readonly notes: readonly string[]
  /** What was to be hidden then stays hidden, though a later configuration may have forgotten it. */
  readonly sensitive: WorkflowConfig['sensitive']
  readonly message: MessageInitShape<typeof ComparedPointSchema>
}

const nothing: ManifestSet = { files: [] }

/** Compares what two points of a workflow declare, or had applied. No plan when that is the same. */
export function comparePoints(dependencies: Dependencies) {
  return async (request: ComparePointsRequest, call: Call) => {
    const { config } = await workflowOf(dependencies, request.workflowId)
    const vault = vaults(dependencies.log, dependencies.installationKey)(config.id)
    const now = Date.now()
    const find = (field: 'from' | 'to', text: string) =>
      findPoint(dependencies, call, config, vault, request, { field, text, now })
    const from = await find('from', request.from)
    const to = await find('to', request.to ?? '@now')
    const notes = [...from.notes, ...to.notes]
    const answer = { from: from.message, to: to.message, notes }
    const sensitive = [...config.sensitive, ...from.sensitive, ...to.sensitive]
    const { differs, ...compared } = compareSets(from.set, to.set, {
      namespace: config.destination.namespace,
      overrides: config.impact,
      token: valueToken(vault, sensitiveIn({ ...config, sensitive }, [from.set, to.set])),
      diff: diffFields,
    })
    if (!differs) return answer
    const plan: Plan = {
      ...compared,
      workflow_id: config.id,
      revision: to.revision,
      generated_at: new Date(now).toISOString(),
      // No sync does this: what it would do depends on the cluster.
      digest: '',
      warnings: [...compared.warnings, ...notes],
      summary: { ...compared.summary, warning_count: compared.warnings.length + notes.length },
    }
    return { ...answer, plan: toPlan(plan, request) }
  }
}

type Asked = { readonly field: 'from' | 'to'; readonly text: string; readonly now: number }

async function findPoint(
  dependencies: Dependencies,
  call: Call,
  config: WorkflowConfig,
  vault: Vault,
  request: ComparePointsRequest,
  { field, text, now }: Asked,
): Promise<Found> {
  const parsed = parsePoint(text, now)
  if ('problem' in parsed) throw invalid([{ field, message: parsed.problem }])
  const { point } = parsed
  if (point.kind !== 'revision') return momentOf(dependencies, config, vault, point, { field, text, now })
  const { commandId } = request
  const asked = { field, ref: point.ref, commandId }
  const { revision } = await resolveRevision(dependencies, call, config.repository, asked)
  const set =
    (await renderedBefore(dependencies, config.id, vault, revision)) ??
    (await vault.get<ManifestSet>(
      (await previewRevision(dependencies, call, config.id, { revision, of: 'render' }, request)).data.manifest_set,
    ))
  return { set, revision, notes: [], sensitive: [], message: { point: text, revision } }
}

async function momentOf(
  dependencies: Dependencies,
  { id }: WorkflowConfig,
  vault: Vault,
  moment: Moment,
  { field, text, now }: Asked,
): Promise<Found> {
  const found = await findMoment(dependencies.log, moment, { point: text, field, now })
  const { state } = await workflowAt(dependencies.log, id, found)
  const { applied, config } = state
  const revision = hasSet(applied) ? applied.revision : ''
  return {
    set: hasSet(applied) ? await setOf(dependencies, id, vault, applied.manifest_set, text) : nothing,
    revision,
    notes: notesOf(state, text),
    sensitive: config?.sensitive ?? [],
    message: { ...toMoment(found), revision },
  }
}

function notesOf({ applied, sync, carriedOut, rollback }: Workflow, point: string): readonly string[] {
  return [
    ...(hasSet(applied) ? [] : [`Nothing was applied at ${point}: it is compared as nothing.`]),
    ...(sync?.started || rollback !== null
      ? [`A sync or a rollback was under way at ${point}: the cluster may have had a part of it.`]
      : []),
    ...(carriedOut?.status === 'failed' && carriedOut.stage !== 'plan' && carriedOut.stage !== 'source'
      ? [`The newest sync at ${point} had failed: what counts is the last that succeeded.`]
      : []),
  ]
}

/** The manifest set of a revision that was rendered with the configuration that stands, if it is kept. */
async function renderedBefore(
  { log }: Dependencies,
  id: string,
  vault: Vault,
  revision: string,
): Promise<ManifestSet | undefined> {
  let found: string | undefined
  for (const { type, data } of (await readStream(log, workflowStream(id))).map(workflowDecider.decode))
    switch (type) {
      case 'WorkflowCreated':
      case 'WorkflowChanged':
      case 'DecryptionKeyChanged':
        found = undefined
        break
      case 'PlanMade':
      case 'PreviewMade':
      case 'RevisionRendered':
        if (data.revision === revision) found = data.manifest_set
        break
      default:
        break
    }
  return found === undefined ? undefined : readSet(vault, found)
}

async function readSet(vault: Vault, digest: string): Promise<ManifestSet | undefined> {
  try {
    return await vault.get<ManifestSet>(digest)
  } catch (error) {
    if (error instanceof BlobMissingError) return undefined
    throw error
  }
}

/** @throws RefusalError when it is not kept any more */
async function setOf(
  dependencies: Dependencies,
  id: string,
  vault: Vault,
  digest: string,
  point: string,
): Promise<ManifestSet> {
  const set = await readSet(vault, digest)
  if (set !== undefined) return set
  throw precondition(
    `The manifests of ${point} are not kept any more`,
    point,
    await whyNotKept(dependencies, id),
    'Choose a later moment, or name the commit: it is rendered anew if the remote still has it.',
  )
}
