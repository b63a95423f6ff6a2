import { findTool } from '@plimsoll/embedded'
import { openSandbox, SandboxError } from '@plimsoll/sandbox'
import { ok, warn, type Check } from './check.ts'

/** Whether this machine lets us run what is not trusted; nothing is said before there is a launcher to try it with. */
export async function checkSandbox(env: NodeJS.ProcessEnv): Promise<Check | undefined> {
  const launcher = await findTool('plimsoll-sandbox', env).catch(() => undefined)
  if (launcher === undefined || !('path' in launcher)) return undefined
  try {
    await openSandbox({ launcher: launcher.path }).check()
    return ok('sandbox', 'Kustomize and Helm run in one')
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    return warn('sandbox', `${error.message}: folders for Kustomize and Helm cannot be rendered`, error.try)
  }
}
