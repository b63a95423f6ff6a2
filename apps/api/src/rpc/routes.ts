import type { ConnectRouter } from '@connectrpc/connect'
import { EventService, GitOpsService, Health, ServerReflection, SystemService } from '@plimsoll/proto'
import { approveSync, refuseSync } from '../commands/approve-sync.ts'
import { startAutoSync, stopAutoSync } from '../commands/auto-sync.ts'
import { cancelSync } from '../commands/cancel-sync.ts'
import { createWorkflow } from '../commands/create-workflow.ts'
import { deleteRepository } from '../commands/delete-repository.ts'
import { deleteWorkflow } from '../commands/delete-workflow.ts'
import { generateDiff } from '../commands/generate-diff.ts'
import { pauseWorkflow, resumeWorkflow } from '../commands/pause-workflow.ts'
import { reinstateRevision } from '../commands/reinstate-revision.ts'
import { registerCluster } from '../commands/register-cluster.ts'
import { registerRepository } from '../commands/register-repository.ts'
import { removeCluster } from '../commands/remove-cluster.ts'
import { rollbackWorkflow } from '../commands/rollback-workflow.ts'
import { syncWorkflow } from '../commands/sync-workflow.ts'
import { unpark } from '../commands/unpark.ts'
import { updateRepository } from '../commands/update-repository.ts'
import { updateWorkflow } from '../commands/update-workflow.ts'
import type { Dependencies } from '../dependencies.ts'
import { comparePoints } from '../queries/compare-points.ts'
import { getCluster } from '../queries/get-cluster.ts'
import { getProgress, watchProgress } from '../queries/get-progress.ts'
import { getRepository } from '../queries/get-repository.ts'
import { getSystemStatus } from '../queries/get-system-status.ts'
import { getWorkflowStatus } from '../queries/get-workflow-status.ts'
import { listClusters } from '../queries/list-clusters.ts'
import { listObjects } from '../queries/list-objects.ts'
import { listRepositories } from '../queries/list-repositories.ts'
import { listWorkflows } from '../queries/list-workflows.ts'
import { readEvents } from '../queries/read-events.ts'
import { watchHookOutput } from '../queries/watch-hook-output.ts'
import { watchWorkflow } from '../queries/watch-workflow.ts'
import { streaming, unary } from './endpoint.ts'
import { health } from './health.ts'
import { reflection } from './reflection.ts'

/** All that is served. */
export const services = [GitOpsService, EventService, SystemService, Health, ServerReflection] as const

export function routes(dependencies: Dependencies): (router: ConnectRouter) => void {
  const diff = unary(dependencies, generateDiff(dependencies))
  return (router) => {
    router.service(GitOpsService, {
      registerRepository: unary(dependencies, registerRepository(dependencies)),
      updateRepository: unary(dependencies, updateRepository(dependencies)),
      getRepository: unary(dependencies, getRepository(dependencies)),
      listRepositories: unary(dependencies, listRepositories(dependencies)),
      deleteRepository: unary(dependencies, deleteRepository(dependencies)),
      registerCluster: unary(dependencies, registerCluster(dependencies)),
      getCluster: unary(dependencies, getCluster(dependencies)),
      listClusters: unary(dependencies, listClusters(dependencies)),
      removeCluster: unary(dependencies, removeCluster(dependencies)),
      createWorkflow: unary(dependencies, createWorkflow(dependencies)),
      updateWorkflow: unary(dependencies, updateWorkflow(dependencies)),
      getWorkflowStatus: unary(dependencies, getWorkflowStatus(dependencies)),
      listWorkflows: unary(dependencies, listWorkflows(dependencies)),
      listObjects: unary(dependencies, listObjects(dependencies)),
      deleteWorkflow: unary(dependencies, deleteWorkflow(dependencies)),
      getProgress: unary(dependencies, getProgress(dependencies)),
      watchProgress: streaming(dependencies, watchProgress(dependencies)),
      watchHookOutput: streaming(dependencies, watchHookOutput(dependencies)),
      watchWorkflow: streaming(dependencies, watchWorkflow(dependencies)),
      generateDiff: diff,
      previewChanges: diff,
      comparePoints: unary(dependencies, comparePoints(dependencies)),
      syncWorkflow: unary(dependencies, syncWorkflow(dependencies)),
      pauseWorkflow: unary(dependencies, pauseWorkflow(dependencies)),
      resumeWorkflow: unary(dependencies, resumeWorkflow(dependencies)),
      approveSync: unary(dependencies, approveSync(dependencies)),
      refuseSync: unary(dependencies, refuseSync(dependencies)),
      cancelSync: unary(dependencies, cancelSync(dependencies)),
      unpark: unary(dependencies, unpark(dependencies)),
      rollbackWorkflow: unary(dependencies, rollbackWorkflow(dependencies)),
      reinstateRevision: unary(dependencies, reinstateRevision(dependencies)),
      startAutoSync: unary(dependencies, startAutoSync(dependencies)),
      stopAutoSync: unary(dependencies, stopAutoSync(dependencies)),
    })
    router.service(EventService, { readEvents: streaming(dependencies, readEvents(dependencies)) })
    router.service(SystemService, { getSystemStatus: unary(dependencies, getSystemStatus(dependencies)) })
    router.service(Health, health(dependencies, services))
    router.service(ServerReflection, { serverReflectionInfo: reflection(services) })
  }
}
