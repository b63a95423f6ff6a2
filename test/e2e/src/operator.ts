import { randomUUID } from 'node:crypto'
import {
  clusterDecider,
  clusterStream,
  createWorkflow,
  deleteWorkflow,
  registerCluster,
  registerRepository,
  repositoryConfig,
  repositoryDecider,
  repositoryStream,
  previewRollback,
  removeCluster,
  reinstateRevision,
  requestRollback,
  requestSync,
  startAutoSync,
  stopAutoSync,
  systemDecider,
  systemStream,
  workflowConfig,
  workflowDecider,
  workflowStream,
  type Checked,
  type RepositoryRequest,
  type Workflow,
  type WorkflowEvent,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { putCredential, sealKey, transact } from '@plimsoll/event-log'
import type { GivenAccess } from '@plimsoll/kubernetes'
import { clusterCredentials, decryptionKeys } from '@plimsoll/service'
import type { Installation } from './installation.ts'

export type GitCredentials = { readonly username: string; readonly password: string }

/** What a person decides, recorded as the api records it. */
export type Operator = {
  readonly registerRepository: (request: RepositoryRequest, credentials?: GitCredentials) => Promise<void>
  /** Answers once it is recorded; services hear of it by themselves. */
  readonly registerCluster: (id: string, access: GivenAccess) => Promise<void>
  readonly removeCluster: (id: string) => Promise<void>
  readonly createWorkflow: (request: WorkflowRequest, ageKeys?: readonly string[]) => Promise<void>
  readonly deleteWorkflow: (id: string, options?: { readonly cascade: boolean }) => Promise<void>
  /** Answers the id of the sync. */
  readonly requestSync: (id: string) => Promise<string>
  /** Answers the id of the rollback. */
  readonly rollBack: (id: string, options?: { readonly force?: boolean }) => Promise<string>
  /** Asks what one would do; answers its id. */
  readonly previewRollback: (id: string, options?: { readonly force?: boolean }) => Promise<string>
  readonly reinstate: (id: string) => Promise<void>
  /** Records any other decision about a workflow. */
  readonly decide: (id: string, decision: (workflow: Workflow) => readonly WorkflowEvent[]) => Promise<void>
  readonly startAutoSync: () => Promise<void>
  readonly stopAutoSync: () => Promise<void>
}

export function operatorOf({ log, key }: Installation): Operator {
  const cause = () => ({ commandId: randomUUID(), actor: 'tester' })
  const onRepository = (id: string) => ({ stream: repositoryStream(id), cause: cause(), decider: repositoryDecider })
  const onWorkflow = (id: string) => ({ stream: workflowStream(id), cause: cause(), decider: workflowDecider })
  const onCluster = (id: string) => ({ stream: clusterStream(id), cause: cause(), decider: clusterDecider })
  const onSystem = () => ({ stream: systemStream, cause: cause(), decider: systemDecider })
  return {
    async registerRepository(request, credentials) {
      const type = credentials === undefined ? null : 'userpass'
      const config = checked(repositoryConfig({ ...request, credentials: type }))
      if (credentials !== undefined) {
        const secret = Buffer.from(JSON.stringify({ type, ...credentials }))
        await putCredential(log, config.id, sealKey(key, `repository:${config.id}`).seal(secret))
      }
      const options = { credentialsChanged: credentials !== undefined }
      await transact(log, onRepository(config.id), registerRepository(config, options))
    },
    async registerCluster(id, { credential, ...given }) {
      const credentials = clusterCredentials(log, key)
      const fingerprint = credentials.fingerprintOf(id, credential)
      await credentials.put(id, credential)
      const config = { ...given, id, credentials: credential.type, fingerprint, uid: null }
      await transact(log, onCluster(id), registerCluster(config, null))
    },
    removeCluster: async (id) => void (await transact(log, onCluster(id), removeCluster)),
    async createWorkflow(request, ageKeys = []) {
      const decryption = ageKeys.length > 0 ? 'age' : null
      const config = checked(workflowConfig({ ...request, source: { ...request.source, decryption } }))
      if (decryption !== null) await decryptionKeys(log, key).put(config.id, ageKeys)
      await transact(log, onWorkflow(config.id), createWorkflow(config))
    },
    async deleteWorkflow(id, { cascade } = { cascade: false }) {
      await transact(log, onWorkflow(id), deleteWorkflow(cascade))
    },
    async requestSync(id) {
      const syncId = `sync-${randomUUID()}`
      await transact(log, onWorkflow(id), requestSync(syncId, 'manual', null))
      return syncId
    },
    async rollBack(id, { force = false } = {}) {
      const rollbackId = `rollback-${randomUUID()}`
      await transact(log, onWorkflow(id), requestRollback({ id: rollbackId, reason: 'a test asks for it', force }))
      return rollbackId
    },
    async previewRollback(id, { force = false } = {}) {
      const rollbackId = `preview-${randomUUID()}`
      await transact(log, onWorkflow(id), previewRollback({ id: rollbackId, force }))
      return rollbackId
    },
    reinstate: async (id) => void (await transact(log, onWorkflow(id), reinstateRevision)),
    async decide(id, decision) {
      await transact(log, onWorkflow(id), (workflow) => [...decision(workflow)])
    },
    startAutoSync: async () => void (await transact(log, onSystem(), startAutoSync)),
    stopAutoSync: async () => void (await transact(log, onSystem(), stopAutoSync)),
  }
}

function checked<T>(answer: Checked<T>): T {
  if (answer.ok) return answer.value
  throw new Error(answer.problems.map(({ field, message }) => `${field} ${message}`).join('; '))
}
