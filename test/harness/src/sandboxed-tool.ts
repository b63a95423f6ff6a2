import { openSandbox } from '@plimsoll/sandbox'
import { testTool } from './test-tool.ts'

export type ToolRun = {
  readonly args: readonly string[]
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly env?: Readonly<Record<string, string>>
  readonly with?: readonly 'helm'[]
  readonly signal?: AbortSignal
}

/** Kustomize or Helm as the services run them: in a sandbox. */
export async function sandboxedTool(name: 'kustomize' | 'helm') {
  const [launcher, kustomize, helm] = await Promise.all([
    testTool('plimsoll-sandbox'),
    testTool('kustomize'),
    testTool('helm'),
  ])
  const sandbox = openSandbox({ launcher })
  const mebi = 1024 ** 2
  return {
    version: 'test',
    run: async ({ with: _with, ...run }: ToolRun) => {
      const { stdout, stderr, exitCode } = await sandbox.run({
        ...run,
        command: name,
        env: { GOGC: '400', GOMEMLIMIT: String(800 * mebi), ...run.env },
        programs: { kustomize, helm },
        limits: { timeoutMs: 60_000, memoryBytes: 1024 * mebi, outputBytes: 64 * mebi, diskBytes: 128 * mebi },
      })
      return { stdout, stderr: Buffer.from(stderr).toString('utf8'), exitCode }
    },
  }
}
