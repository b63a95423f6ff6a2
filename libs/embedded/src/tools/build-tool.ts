import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goCommand } from './go-command.ts'
import { goEnvironment } from './go.ts'
import { knownTools, type ToolName } from './known-tools.ts'
import type { ToolProgress } from './progress.ts'

export type BuildOptions = {
  readonly env: NodeJS.ProcessEnv
  /** Where Go keeps what it has compiled. */
  readonly buildCache: string
  /** Where the binary goes; its folder is replaced as a whole. */
  readonly target: string
  readonly onProgress: (progress: ToolProgress) => void
  readonly signal?: AbortSignal | undefined
}

/** The folder of the Go module that pins a tool's source. */
export function toolModule(name: ToolName): string {
  return fileURLToPath(new URL(`../../tools/${knownTools[name].module}`, import.meta.url))
}

/** Builds a tool and moves it into its place when it is whole. Rejects with what Go said. */
export async function buildTool(
  name: ToolName,
  { env, buildCache, target, onProgress, signal }: BuildOptions,
): Promise<void> {
  const tool = knownTools[name]
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const go = { cwd: toolModule(name), env: goEnvironment(env, buildCache), signal }

  let modules = 0
  const onFetch = (line: string) => {
    if (line.startsWith('go: downloading '))
      onProgress({ kind: 'fetching', tool: name, modules: ++modules, seconds: seconds() })
  }
  const packages = await goCommand(['list', '-deps', tool.package], { ...go, onLine: onFetch })
  const total = packages.trim().split('\n').length

  let done = 0
  const onCompile = (line: string) => {
    onFetch(line)
    if (!/^[\w./~-]+$/.test(line)) return
    done += 1
    // The main package comes last; what remains is to link it.
    onProgress({ kind: 'compiling', tool: name, done, total, linking: line === tool.package, seconds: seconds() })
  }
  mkdirSync(dirname(dirname(target)), { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(`${dirname(target)}.new-`)
  try {
    const args = ['build', '-v', '-ldflags', tool.ldflags, '-o', join(folder, name), tool.package]
    await goCommand(args, { ...go, onLine: onCompile })
    chmodSync(folder, 0o755)
    rmSync(dirname(target), { recursive: true, force: true })
    renameSync(folder, dirname(target))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  onProgress({ kind: 'built', tool: name, path: target, bytes: statSync(target).size, seconds: seconds() })
}
