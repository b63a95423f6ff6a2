import { CreateWorkflowRequestSchema, RegisterRepositoryRequestSchema } from '@plimsoll/proto'
import { answered } from '../answered.ts'
import { messageOf } from '../plain.ts'
import { rpcOptions, shortMs, type Session } from '../session.ts'
import type { CallOptions, WhyOptions } from '../shapes/options.ts'
import type { RepositoryConfig } from '../shapes/repository.ts'
import type { WorkflowConfig } from '../shapes/workflow-config.ts'

/** A repository and a workflow of it at once. What else a workflow can have may be said, too. */
export type QuickSetup = Omit<WorkflowConfig, 'repository'> &
  Pick<RepositoryConfig, 'branch' | 'credentials' | 'poll_interval'> &
  Pick<WhyOptions, 'reason'> & {
    /** http, https, ssh or `git@host:path`; without a password. */
    readonly repo: string
  }

export type QuickWorkflow = {
  readonly workflow_id: string
  readonly repository_id: string
  /** Also when both were there before, and were made so. */
  readonly status: 'created'
  readonly auto_sync: boolean
  readonly diff_preview: boolean
  readonly rollback_on_failure: boolean
}

export type QuickSetupVerbs = {
  /** Registers a repository and creates a workflow of it. A script that runs twice finds what it made. */
  readonly workflow: (setup: QuickSetup, options?: CallOptions) => Promise<QuickWorkflow>
}

export function quickSetupVerbs({ connection, remember }: Session): QuickSetupVerbs {
  const { gitops } = connection
  return {
    async workflow({ repo: url, branch, credentials, poll_interval, reason, ...config }, options = {}) {
      const remote = messageOf(RegisterRepositoryRequestSchema, { url, branch, credentials, poll_interval, reason })
      const registered = await gitops.registerRepository(remote, rpcOptions(options, shortMs))
      remember(registered.token)
      const repository = answered(registered.repository, 'repository').id
      const request = messageOf(CreateWorkflowRequestSchema, { workflow: { ...config, repository }, reason })
      const { workflowId, workflow, token } = await gitops.createWorkflow(request, rpcOptions(options, shortMs))
      remember(token)
      return {
        workflow_id: workflowId,
        repository_id: repository,
        status: 'created',
        auto_sync: workflow?.autoSync ?? false,
        diff_preview: workflow?.diffPreview ?? true,
        rollback_on_failure: workflow?.rollbackOnFailure ?? false,
      }
    },
  }
}
