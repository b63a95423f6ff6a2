export { type ClusterCredentials, clusterCredentials } from './clusters/cluster-credentials.ts'
export { clusterFor, type Clusters } from './clusters/clusters.ts'
export { addressConfig, clusterConfig, openClusters, type ClusterConfig } from './clusters/open-clusters.ts'
export { openRegisteredClusters, registryTopic } from './clusters/registered-clusters.ts'
export { openTurns, type Turns } from './clusters/turns.ts'
export { clusterHash } from './cluster-hash.ts'
export { commandConfig, type CommandConfig } from './commands/command-config.ts'
export { commandObstacle, type CommandPlace } from './commands/command-fault.ts'
export { commandSettings, noCommands, openCommands } from './commands/command-settings.ts'
export { hiddenValues, valuesToHide } from './commands/hidden-values.ts'
export { keepHookOutput, readHookOutput } from './commands/hook-output.ts'
export { onHookNews, tellHookNews, type HookHappening, type HookNews } from './commands/live-output.ts'
export {
  openCommandRunner,
  type CommandEnd,
  type CommandRunner,
  type CommandRunnerOptions,
} from './commands/run-command.ts'
export type { HookCommand } from './commands/hook-command.ts'
export { commandHooks, type CommandHookRun, type CommandsOf } from './commands/run-command-hook.ts'
export type { ServiceContext } from './context.ts'
export { decryptionConfig, type DecryptionKeys, decryptionKeys, installationAgeKeys } from './decryption-keys.ts'
export { healthConfig, openCustomHealth } from './health-scripts.ts'
export { clearHooks } from './hooks/clear-hooks.ts'
export type { HookEnd, HooksRun, RunCommand } from './hooks/hooks-run.ts'
export { type HookFailure, type Hooks, openHooks } from './hooks/open-hooks.ts'
export { placeHooks, type PlacedHooks } from './hooks/place-hooks.ts'
export { hookObject, inTheWay } from './hooks/plan-hook.ts'
export { openStores, type Stores, type StoresOptions } from './open-stores.ts'
export { readRetention, retentionConfig, type RetentionConfig, retentionPolicy } from './retention-config.ts'
export { runAlone } from './run-alone.ts'
export { renderConfig, renderHosts } from './render-config.ts'
export { type PathContent, sourceKeyOf } from './source-key.ts'
export type { Role, WorkContext } from './role.ts'
export { startWork, type Service, type WorkOptions } from './start-work.ts'
export { sensitiveIn, valueToken } from './value-token.ts'
export { vaults, type Vault } from './vault.ts'
export {
  claimantText,
  handOver,
  otherClaimant,
  workflowOfMark,
  type Claimant,
  type WorkflowOf,
} from './workflow-of-mark.ts'
export { windowProblem, windowState, type WindowState } from './window-state.ts'
export { applySteps } from './write/apply-steps.ts'
export { readBackup } from './write/back-up.ts'
export { carryOut, identityOfOutcome, isFinal, type Outcome } from './write/carry-out.ts'
export type { Writer } from './write/writer.ts'
export { faultOf, syncFault, unhealthyFault } from './write/fault.ts'
export { claimedInventory, noInventory, resultingInventory } from './write/inventory.ts'
export { checkLease, writeTimeoutMs } from './write/lease.ts'
export { writerConfig } from './write/writer-config.ts'
