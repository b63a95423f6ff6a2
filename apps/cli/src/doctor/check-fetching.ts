import { findTool } from '@plimsoll/embedded'
import { ConfigError } from '@plimsoll/runtime'
import { openSandbox, SandboxError, systemFolders } from '@plimsoll/sandbox'
import { renderHosts } from '@plimsoll/service'
import { fail, ok, warn, type Check } from './check.ts'

const name = 'fetching'
const limits = { timeoutMs: 20_000, memoryBytes: 128 * 1024 ** 2, outputBytes: 4_096, diskBytes: 1024 ** 2 }

/** Whether renders can fetch what they may; nothing is said where no host is allowed, or before there is a launcher. */
export async function checkFetching(env: NodeJS.ProcessEnv): Promise<Check | undefined> {
  try {
    const hosts = renderHosts(env)
    const launcher = await findTool('plimsoll-sandbox', env).catch(() => undefined)
    if (hosts.length === 0 || launcher === undefined || !('path' in launcher)) return undefined
    const git = { command: '/bin/sh', args: ['-c', 'git --version'], files: new Map(), programs: {}, limits }
    const { stdout, exitCode } = await openSandbox({ launcher: launcher.path }).run({
      ...git,
      readOnly: systemFolders(),
      proxy: { allow: hosts },
    })
    const allowed = `renders may fetch from ${hosts.join(', ')}`
    if (exitCode !== 0)
      return warn(name, `${allowed}, but there is no git for bases in Git repositories`, 'Install git.')
    return ok(name, `${allowed}, with ${Buffer.from(stdout).toString().trim()}`)
  } catch (error) {
    if (error instanceof ConfigError) return fail(name, error.message, 'Correct the setting.')
    if (!(error instanceof SandboxError)) throw error
    return warn(name, `${error.message}: nothing can be fetched for renders`, error.try)
  }
}
