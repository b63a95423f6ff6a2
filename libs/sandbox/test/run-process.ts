import { runSandboxed, SandboxError, type SandboxedRun } from '../src/index.ts'

type Asked = {
  readonly launcher: string
  readonly run: Omit<SandboxedRun, 'files'>
  readonly user?: number
  /** It may run on for so long from each time that it is asked for. */
  readonly leaseMs?: number
  readonly files: readonly (readonly [string, string])[]
}

const { launcher, run, user, leaseMs, files: given } = JSON.parse(process.argv[2] ?? '') as Asked
if (user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(user)
  process.setuid?.(user)
}
const bodies = new Map(given.map(([path, text]) => [path, Buffer.from(text)]))
const outcome = await runSandboxed(launcher, {
  ...run,
  files: bodies,
  ...(leaseMs !== undefined && { heldUntil: () => new Date(Date.now() + leaseMs) }),
}).then(
  ({ stdout, stderr, exitCode, refused, unreachable, files }) => ({
    stdout: Buffer.from(stdout).toString('utf8'),
    stderr: Buffer.from(stderr).toString('utf8'),
    exitCode,
    ...(files.size > 0 && {
      files: Object.fromEntries([...files].map(([path, body]) => [path, Buffer.from(body).toString('utf8')])),
    }),
    ...(refused.length > 0 && { refused }),
    ...(unreachable.length > 0 && { unreachable }),
  }),
  (error: unknown) => {
    if (!(error instanceof SandboxError)) throw error
    return { reason: error.reason, message: error.message, try: error.try }
  },
)
console.log(JSON.stringify(outcome))
