import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { atLeast } from './tool-version.ts'

export const oldestGo = '1.26'

const run = promisify(execFile)

/** The version of the Go toolchain on PATH, or why none can build our tools. */
export async function goVersion(env: NodeJS.ProcessEnv): Promise<{ version: string } | { unfit: string }> {
  let version: string
  try {
    const { stdout } = await run('go', ['env', 'GOVERSION'], { env: goEnvironment(env) })
    version = stdout.trim().replace(/^go/, '')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { unfit: code === 'ENOENT' ? 'Go is not on PATH' : `\`go env GOVERSION\` failed: ${message}` }
  }
  return atLeast(version, oldestGo) ? { version } : { unfit: `Go on PATH is ${version}, and ${oldestGo} is needed` }
}

/** The user's settings of Go hold for where modules come from, not for how we build. */
export function goEnvironment(env: NodeJS.ProcessEnv, cache?: string): NodeJS.ProcessEnv {
  const { GOOS: _os, GOARCH: _arch, ...rest } = env
  return {
    ...rest,
    CGO_ENABLED: '0',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-mod=readonly -trimpath -buildvcs=false',
    ...(cache && { GOCACHE: cache }),
  }
}
