export type { ServiceContext } from './context.ts'
export { runAlone } from './run-alone.ts'
export { startWork, type Role, type WorkOptions } from './start-work.ts'
export { openVault, type Vault } from './vault.ts'
