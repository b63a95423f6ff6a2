import type { SandboxedRun } from './sandboxed-run.ts'

const systemPath = '/programs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The first line that the launcher reads. What a run does not ask for is not in it. */
export function toRequest(run: SandboxedRun) {
  const { command, args, programs, limits, readOnly = [], forwards = [], proxy, proc = false, collect = [] } = run
  const hasDoors = forwards.length > 0 || proxy !== undefined
  return {
    command,
    args,
    env: { PATH: readOnly.length > 0 ? systemPath : '/bin', HOME: '/tmp', TMPDIR: '/tmp', ...run.env },
    programs,
    ...(readOnly.length > 0 && { readOnly }),
    network: hasDoors ? 'doors' : 'none',
    ...(forwards.length > 0 && { forwards }),
    ...(proxy && { proxy: { allow: proxy.allow, setting: proxy.setting ?? 'the hosts that the sandbox may reach' } }),
    ...(collect.length > 0 && { collect }),
    proc,
    limits: {
      memory: limits.memoryBytes,
      disk: limits.diskBytes,
      processes: limits.processes ?? 256,
      openFiles: 1024,
    },
  }
}
