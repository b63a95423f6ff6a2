export { openSandbox, type Sandbox } from './open-sandbox.ts'
export {
  runSandboxed,
  type Forward,
  type HostProblem,
  type ProxyRules,
  type SandboxedRun,
  type SandboxLimits,
  type SandboxOutput,
} from './run-sandboxed.ts'
export { SandboxError, type SandboxFailure } from './sandbox-error.ts'
export { certificateFolders, systemFolders } from './system-folders.ts'
