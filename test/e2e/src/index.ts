export { deployer } from './deployer.ts'
export { openGitOpsClient } from './gitops-client.ts'
export { type Installation, type InstallationOptions, openInstallation } from './installation.ts'
export {
  brokenDeployment,
  configMap,
  configMapPath,
  customResourceDefinition,
  deployment,
  deploymentPath,
  documents,
  secretPath,
} from './manifests.ts'
export { type GitCredentials, type Operator, operatorOf } from './operator.ts'
export { openProject, patienceMs, type Project, type ProjectOptions, watchProject } from './project.ts'
export { type ServiceName, type ServiceProcess, startService } from './service-process.ts'
export { openStage, type Stage } from './stage.ts'
export { startInProcess } from './start-in-process.ts'
