export { FolderHeldError, holdFolder, type Holder } from './process/hold-folder.ts'
export { keptSecret } from './process/kept-secret.ts'
export { PartFailedError } from './process/part-failed-error.ts'
export type { Exit, Part } from './process/part.ts'
export { freePort, keptPort } from './process/ports.ts'
export { processStart } from './process/process-start.ts'
export { startTogether } from './process/start-together.ts'
export { supervise, type Crash, type Supervised, type SuperviseOptions } from './process/supervise.ts'

export { cacheFolder } from './tools/tool-cache.ts'
export { findTool, type Tool, type ToolSource } from './tools/find-tool.ts'
export { oldestGo } from './tools/go.ts'
export { knownTools, settingOf, type ToolName } from './tools/known-tools.ts'
export { describeProgress, type ToolProgress } from './tools/progress.ts'
export { ToolMissingError } from './tools/tool-missing-error.ts'
export { sparsely } from './tools/sparsely.ts'
export { findOrBuildTool, openToolbox, type Toolbox, type ToolboxOptions } from './tools/toolbox.ts'

export { startPostgres, type Postgres, type PostgresOptions } from './postgres/start-postgres.ts'
export { startNats, type Nats, type NatsOptions } from './nats/start-nats.ts'

export {
  openApi,
  type Api,
  type ApiAccess,
  type ApiAnswer,
  type ApiObject,
  type WatchEvent,
} from './kubernetes/open-api.ts'
export { startPodStandIn, type PodStandInOptions } from './kubernetes/pod-stand-in.ts'
export { startApiserver, type Apiserver, type ApiserverOptions } from './kubernetes/start-apiserver.ts'
export { startControllerManager } from './kubernetes/start-controller-manager.ts'
export { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './kubernetes/start-control-plane.ts'
export { startEtcd, type Etcd, type EtcdOptions } from './kubernetes/start-etcd.ts'

export { gitHttpBackend } from './git/git-http-backend.ts'
export { createGitRepository, gitEnvironment, type FileContent, type GitRepository } from './git/git-repository.ts'
