import { findTool, settingOf } from '@plimsoll/embedded'
import { ConfigError } from '@plimsoll/runtime'
import { openSandbox, SandboxError, systemFolders } from '@plimsoll/sandbox'
import { commandSettings } from '@plimsoll/service'
import { fail, ok, warn, type Check } from './check.ts'

const limits = { timeoutMs: 20_000, memoryBytes: 128 * 1024 ** 2, outputBytes: 4_096, diskBytes: 1024 ** 2 }

/** Whether commands of workflows can be run here; nothing is said where they are off, or before there is a launcher. */
export async function checkCommands(env: NodeJS.ProcessEnv): Promise<Check | undefined> {
  const name = 'commands'
  try {
    if (!commandSettings(env).PLIMSOLL_HOOK_COMMANDS) return undefined
    const [launcher, kubectl] = await Promise.all(
      (['plimsoll-sandbox', 'kubectl'] as const).map((tool) => findTool(tool, env).catch(() => undefined)),
    )
    if (launcher === undefined || !('path' in launcher)) return undefined
    const shell = { command: '/bin/sh', args: ['-c', 'exit 0'], files: new Map(), programs: {}, limits }
    await openSandbox({ launcher: launcher.path }).run({ ...shell, readOnly: systemFolders() })
    if (kubectl === undefined || !('path' in kubectl))
      return warn(name, 'kubectl is not there yet', `Nothing: it is built once. Or set ${settingOf('kubectl')}.`)
    return ok(name, `run by /bin/sh, with kubectl ${kubectl.version}`)
  } catch (error) {
    if (error instanceof ConfigError) return fail(name, error.message, 'Correct the setting.')
    if (!(error instanceof SandboxError)) throw error
    return warn(name, `${error.message}: commands of workflows cannot be run`, error.try)
  }
}
