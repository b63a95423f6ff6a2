import { describeProgress, openToolbox, sparsely, ToolMissingError } from '@plimsoll/embedded'
import type { Tool, ToolName } from '@plimsoll/embedded'
import type { RenderTool, ToolRun } from '@plimsoll/manifests'
import { openSandbox, SandboxError } from '@plimsoll/sandbox'
import type { SandboxLimits } from '@plimsoll/sandbox'
import { toolMissing, unsandboxed } from './plan-fault.ts'

export type RendererTool = 'kustomize' | 'helm'

/** The programs that render, found or built when the first workflow needs one. */
export type RenderTools = AsyncDisposable & {
  /** Throws PlanFault when it is nowhere and cannot be built. */
  find(name: RendererTool): Promise<RenderTool>
}

export type RenderToolsOptions = {
  /** Hears how building goes on, a line each. */
  readonly tell: (line: string) => void
  /** Where settings, PATH and HOME are read. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
}

const mebi = 1024 ** 2
const limits: SandboxLimits = {
  timeoutMs: 60_000,
  memoryBytes: 1024 * mebi,
  outputBytes: 64 * mebi,
  diskBytes: 256 * mebi,
}
/** Their garbage collector works harder before the limit is reached. */
const memoryAim = { GOMEMLIMIT: String(Math.round(limits.memoryBytes * 0.8)) }

export function openRenderTools({ tell, env = process.env }: RenderToolsOptions): RenderTools {
  const stopped = new AbortController()
  const hear = sparsely(tell)
  const found = new Map<ToolName, Promise<Tool>>()

  let queue: Promise<unknown> = Promise.resolve()

  /** Once for all who ask, and one after another; what failed is looked for again by the next who asks. */
  function find(name: ToolName): Promise<Tool> {
    const known = found.get(name)
    if (known !== undefined) return known
    const finding = queue.then(() => look(name))
    queue = finding.catch(() => undefined)
    found.set(name, finding)
    finding.catch(() => found.delete(name))
    return finding
  }

  async function look(name: ToolName): Promise<Tool> {
    await using toolbox = openToolbox({
      env,
      signal: stopped.signal,
      onProgress: (progress) => hear(`${name} ${progress.kind}`, describeProgress(progress)),
    })
    return await toolbox.find(name)
  }

  async function run(name: RendererTool, { with: others = [], ...request }: ToolRun) {
    const names = [name, ...others]
    const [launcher, ...tools] = await Promise.all(['plimsoll-sandbox' as const, ...names].map(find))
    const programs = Object.fromEntries(names.map((program, i) => [program, tools[i]?.path ?? '']))
    const sandbox = openSandbox({ launcher: launcher?.path ?? '' })
    const output = await sandbox.run({
      ...request,
      command: name,
      programs,
      env: { ...memoryAim, ...request.env },
      limits,
    })
    return { ...output, stderr: Buffer.from(output.stderr).toString('utf8') }
  }

  return {
    async find(name) {
      const tool = await find(name).catch(asFault)
      await find('plimsoll-sandbox').catch(asFault)
      return { version: tool.version, run: (request) => run(name, request).catch(asFault) }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort(new Error('the service stops'))
      await Promise.allSettled(found.values())
    },
  }
}

/** What a person has to mend; all else may pass by itself. */
function asFault(error: unknown): never {
  if (error instanceof ToolMissingError) throw toolMissing(error)
  if (error instanceof SandboxError && error.reason !== 'failed') throw unsandboxed(error)
  throw error
}
