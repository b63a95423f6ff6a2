import { faultsText } from '@plimsoll/domain'
import type { FailureStage, Fault, Rejection } from '@plimsoll/domain'
import type { ToolMissingError } from '@plimsoll/embedded'
import { remedyOf } from '@plimsoll/kubernetes'
import type { KubernetesError } from '@plimsoll/kubernetes'
import type { FetchFailedError } from '@plimsoll/manifests'
import type { SandboxError } from '@plimsoll/sandbox'

/** No plan can be made before a person changes something: the faults say what. */
export class PlanFault extends Error {
  override readonly name = 'PlanFault'
  readonly stage: FailureStage
  readonly faults: readonly Fault[]

  constructor(stage: FailureStage, faults: readonly Fault[]) {
    super(faultsText(faults))
    this.stage = stage
    this.faults = faults
  }
}

export function missingPath(path: string, revision: string): PlanFault {
  return new PlanFault('source', [
    {
      what: 'the target path is missing',
      where: path,
      because: `revision ${revision.slice(0, 12)} has no folder ${path}; nothing is pruned because of that`,
      try: 'correct target_path, or bring the folder back',
    },
  ])
}

/** `at` is what lies on the way to the target path, or at it, of Git's mode. */
export function noFolder(path: string, at: string, mode: string): PlanFault {
  const kinds: Readonly<Record<string, string>> = { '120000': 'a symbolic link', '160000': 'a submodule' }
  return new PlanFault('source', [
    {
      what: 'the target path is no folder',
      where: path,
      because: `${at} is ${kinds[mode] ?? 'a file'}; nothing is pruned because of that`,
      try: 'choose the folder that is to be rendered as target_path',
    },
  ])
}

export function emptyPath(path: string): PlanFault {
  return new PlanFault('render', [
    {
      what: 'the target path holds no manifest',
      where: path,
      because: 'what is there declares no object; nothing is pruned because of that',
      try: 'correct target_path, or delete the workflow with --cascade if its objects shall go',
    },
  ])
}

export function unreadableFolder(path: string, error: Error): PlanFault {
  return new PlanFault('source', [
    {
      what: 'the folder cannot be read',
      where: path,
      because: error.message,
      try: 'rename or remove what is named, or choose another target_path',
    },
  ])
}

export function unknownRevision(revision: string): PlanFault {
  return new PlanFault('source', [
    {
      what: 'the revision is not known',
      where: revision,
      because: 'it was never the head of the branch while the repository was watched',
      try: 'ask for the newest revision, or look at it with `plimsoll diff --revision`',
    },
  ])
}

/** `because`: what the poller was told when it asked for the revision. */
export function unreadRevision(revision: string, because: string): PlanFault {
  return new PlanFault('source', [
    {
      what: 'the files of the revision cannot be read',
      where: `revision ${revision.slice(0, 12)}`,
      because,
      try: 'name a branch or tag that leads to it, or ask for the newest revision',
    },
  ])
}

/** What the revision declares was rolled back, and nobody has said since that it may come back. */
export function rejectedRevision(revision: string, rejection: Rejection | undefined): Fault {
  const from =
    rejection === undefined || rejection.revision === revision ? '' : ` as ${rejection.revision.slice(0, 12)}`
  return {
    what: 'the revision is rejected',
    where: revision,
    because: `it declares the same objects${from} that were rolled back: ${rejection?.reason ?? 'it failed'}`,
    try: 'commit something else, or let it come back with `plimsoll reinstate`, then sync again',
  }
}

/** `because`: what the poller last said of the remote. */
export function unreadSource(repository: string, because: string | null): PlanFault {
  return new PlanFault('source', [
    {
      what: 'the repository could not be read yet',
      where: `repository ${repository}`,
      because: because ?? 'its branch was not looked at so far',
      try: 'mend what is said about the repository, then sync again',
    },
  ])
}

export function unknownCluster(cluster: string, known: readonly string[]): PlanFault {
  return new PlanFault('plan', [
    {
      what: 'the destination is not known',
      where: `cluster ${cluster}`,
      because: `this installation knows ${known.length === 0 ? 'no cluster' : known.join(', ')}`,
      try: 'correct destination.cluster',
    },
  ])
}

/** The API server refuses what planning asks it for. */
export function unplannable(cluster: string, error: KubernetesError): PlanFault {
  return new PlanFault('plan', [
    {
      what: 'the plan cannot be made',
      where: `cluster ${cluster}`,
      because: error.message,
      try:
        error.kind === 'forbidden'
          ? `${remedyOf(error)}; then sync again`
          : 'mend what the message says, then sync again',
    },
  ])
}

/** A program that the folder needs is nowhere, and cannot be built. */
export function toolMissing({ what, where, because, try: ways }: ToolMissingError): PlanFault {
  return new PlanFault('render', [{ what, where: where.join('; '), because, try: ways.join('; or ') }])
}

/** What a render fetches did not come. */
export function unfetched({ message }: FetchFailedError): Fault {
  return {
    what: 'the folder cannot be rendered now',
    where: 'what it fetches',
    because: message,
    try: 'ask again when the host answers, or commit a copy of what is fetched',
  }
}

/** No program could be run on the folder, or it had to be stopped. */
export function unsandboxed({ reason, message, try: remedy }: SandboxError): PlanFault {
  const what = reason === 'unavailable' ? 'the folder cannot be rendered on this machine' : 'rendering was stopped'
  return new PlanFault('render', [{ what, where: 'the sandbox of renderers', because: message, try: remedy }])
}
