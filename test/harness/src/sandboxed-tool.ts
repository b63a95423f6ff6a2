import { certificateFolders, openSandbox, systemFolders } from '@plimsoll/sandbox'
import { testTool } from './test-tool.ts'

export type ToolRun = {
  readonly args: readonly string[]
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly env?: Readonly<Record<string, string>>
  readonly with?: readonly 'helm'[]
  readonly network?: { readonly hosts: readonly string[]; readonly git: boolean }
  readonly collect?: readonly string[]
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
    run: async ({ with: _with, network, ...run }: ToolRun) => {
      const output = await sandbox.run({
        ...run,
        ...(network && {
          proxy: { allow: network.hosts, setting: 'PLIMSOLL_RENDER_HOSTS' },
          readOnly: network.git ? systemFolders() : certificateFolders(),
        }),
        command: name,
        env: { GOGC: '400', GOMEMLIMIT: String(800 * mebi), ...run.env },
        programs: { kustomize, helm },
        limits: { timeoutMs: 60_000, memoryBytes: 1024 * mebi, outputBytes: 64 * mebi, diskBytes: 128 * mebi },
      })
      return { ...output, stderr: Buffer.from(output.stderr).toString('utf8') }
    },
  }
}
