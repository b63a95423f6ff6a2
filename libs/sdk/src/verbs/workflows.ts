import {
  CreateWorkflowRequestSchema,
  MomentSchema,
  OwnedObjectSchema,
  UpdateWorkflowRequestSchema,
  WorkflowStatusSchema,
  type Moment as MomentMessage,
  type WorkflowStatus as StatusMessage,
} from '@plimsoll/proto'
import { allPages } from '../all-pages.ts'
import { answered } from '../answered.ts'
import { messageOf, plainOf } from '../plain.ts'
import { pointText, rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { CallOptions, CommandOptions, WhyOptions, When } from '../shapes/options.ts'
import type { Decryption, WorkflowConfig } from '../shapes/workflow-config.ts'
import type { OwnedObject, WorkflowStatus } from '../shapes/workflow-status.ts'

type At = CallOptions & {
  /** As it was then, from the log alone. Default: now. */
  readonly at?: When | undefined
}

/** What is asked for beside the configuration. */
type Extras = WhyOptions & {
  /** At creation: left out, a key that is stored is forgotten. In a change: left out, it stays. */
  readonly decryption?: Decryption | undefined
}

export type WorkflowOptions = CallOptions & {
  /** Told what is allowed and perhaps not meant, such as a dependency that does not exist: a sentence each. */
  readonly onWarning?: ((text: string) => void) | undefined
}

export type ListOptions = At & {
  readonly repository?: string | undefined
  /** Labels in the syntax of kubectl: `app=shop,environment!=test`, `tier in (web, api)`, `!legacy`. */
  readonly selector?: string | undefined
}

export type DeleteOptions = CommandOptions & {
  /** Default false. */
  readonly cascade?: boolean | undefined
  /** With `cascade`: also Namespaces, CustomResourceDefinitions, PersistentVolumes and their claims. */
  readonly prune_kept?: boolean | undefined
  /** What the refusal of the same call said to confirm with: exactly those objects are meant. */
  readonly confirm?: string | undefined
}

export type WorkflowVerbs = {
  /** Creates a workflow, or makes the one of that id so; the same values change nothing. Answers the id. */
  readonly createWorkflow: (config: WorkflowConfig & Extras, options?: WorkflowOptions) => Promise<string>
  /** Changes what is given. Answers whether anything changed. @throws NotFoundError */
  readonly updateWorkflow: (
    id: string,
    changes: Partial<WorkflowConfig> & Extras,
    options?: WorkflowOptions,
  ) => Promise<boolean>
  /** The status now, with whatever this client did before; or as it was. @throws NotFoundError */
  readonly getWorkflowStatus: (id: string, options?: At) => Promise<WorkflowStatus>
  /** All of them by id, those of a repository, or those with some labels. */
  readonly listWorkflows: (options?: ListOptions) => Promise<readonly WorkflowStatus[]>
  /** The objects that a workflow owns, or owned: by kind, namespace and name. @throws NotFoundError */
  readonly listObjects: (id: string, options?: At) => Promise<readonly OwnedObject[]>
  /**
   * Keeps the objects and takes our mark off them; with `cascade` they are deleted, too.
   * @throws PreconditionError when that is more than its `prune_budget`; it says what to `confirm` with
   */
  readonly deleteWorkflow: (id: string, options?: DeleteOptions) => Promise<void>
}

export function workflowVerbs({ connection, remember, tokenOf, newest }: Session): WorkflowVerbs {
  const { gitops } = connection
  return {
    async createWorkflow({ reason, command_id, decryption, ...workflow }, options = {}) {
      const request = messageOf(CreateWorkflowRequestSchema, { workflow, decryption, reason, command_id })
      const { workflowId, token, warnings } = await gitops.createWorkflow(request, rpcOptions(options, shortMs))
      remember(token)
      tell(warnings, options)
      return workflowId
    },
    async updateWorkflow(id, { reason, command_id, decryption, ...changes }, options = {}) {
      const workflow = { ...changes, id }
      const request = messageOf(UpdateWorkflowRequestSchema, { workflow, decryption, reason, command_id })
      const { changed, token, warnings } = await gitops.updateWorkflow(request, rpcOptions(options, shortMs))
      remember(token)
      tell(warnings, options)
      return changed
    },
    async getWorkflowStatus(workflowId, { at, ...options } = {}) {
      const request = { workflowId, ...(at === undefined ? { minToken: tokenOf(`workflow-${workflowId}`) } : atOf(at)) }
      const { workflow, moment } = await gitops.getWorkflowStatus(request, rpcOptions(options, shortMs))
      return statusOf(answered(workflow, 'workflow'), moment)
    },
    listWorkflows({ at, repository = '', selector = '', ...options } = {}) {
      const fixed = { repository, selector, ...(at === undefined ? { minToken: newest('workflow') } : atOf(at)) }
      return allPages(
        (page) => gitops.listWorkflows({ ...fixed, ...page }, rpcOptions(options, shortMs)),
        ({ workflows, moment }) => workflows.map((workflow) => statusOf(workflow, moment)),
      )
    },
    listObjects(workflowId, { at, ...options } = {}) {
      const fixed = { workflowId, ...(at !== undefined && atOf(at)) }
      return allPages(
        (page) => gitops.listObjects({ ...fixed, ...page }, rpcOptions(options, shortMs)),
        ({ objects }) => objects.map((object) => plainOf<OwnedObject>(OwnedObjectSchema, object)),
      )
    },
    async deleteWorkflow(workflowId, { cascade = false, prune_kept: pruneKept = false, confirm, ...options } = {}) {
      const request = { workflowId, cascade, pruneKept, ...(confirm !== undefined && { confirm }), ...whyOf(options) }
      const { token } = await gitops.deleteWorkflow(request, rpcOptions(options, shortMs))
      remember(token)
    },
  }
}

function tell(warnings: readonly string[], { onWarning }: WorkflowOptions): void {
  for (const warning of warnings) onWarning?.(warning)
}

/** A status of the past says of which moment it is. */
export function statusOf(message: StatusMessage, moment?: MomentMessage): WorkflowStatus {
  const status = plainOf<WorkflowStatus>(WorkflowStatusSchema, message)
  return moment === undefined ? status : { ...status, moment: plainOf(MomentSchema, moment) }
}

function atOf(at: When): { readonly at: string } {
  return { at: pointText(at) }
}
