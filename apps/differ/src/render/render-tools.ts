import { describeProgress, openToolbox, sparsely, ToolMissingError } from '@plimsoll/embedded'
import type { Tool, ToolName } from '@plimsoll/embedded'
import { FetchFailedError, hostsSetting } from '@plimsoll/manifests'
import type { RenderTool, ToolRun } from '@plimsoll/manifests'
import { certificateFolders, openSandbox, SandboxError, systemFolders } from '@plimsoll/sandbox'
import type { SandboxedRun, SandboxLimits } from '@plimsoll/sandbox'
import { toolMissing, unsandboxed } from '../plan-fault.ts'

export type RendererTool = 'kustomize' | 'helm'

/** It is still being built: the plan is to be made later, and others in the meantime. */
export class ToolNotReadyError extends Error {
  override readonly name = 'ToolNotReadyError'
}

/** The programs that render, found or built when the first workflow needs one. */
export type RenderTools = AsyncDisposable & {
  /** Throws PlanFault when it is nowhere and cannot be built, ToolNotReadyError when that takes longer than a moment. */
  find(name: RendererTool, signal: AbortSignal): Promise<RenderTool>
}

export type RenderToolsOptions = {
  /** Hears how building goes on, a line each. */
  readonly tell: (line: string) => void
  /** Where settings, PATH and HOME are read. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** How long one who asks waits. Default 3 s. */
  readonly patienceMs?: number
}

const mebi = 1024 ** 2
const limits: SandboxLimits = {
  timeoutMs: 60_000,
  memoryBytes: 1024 * mebi,
  outputBytes: 64 * mebi,
  diskBytes: 256 * mebi,
}
/** What is fetched takes its time, and repositories are larger than what of them is rendered. */
const fetchingLimits: SandboxLimits = { ...limits, timeoutMs: 120_000, diskBytes: 512 * mebi }
/** They live for a moment: memory is collected seldom, until the limit is near. */
const collection = { GOGC: '400', GOMEMLIMIT: String(Math.round(limits.memoryBytes * 0.8)) }

export function openRenderTools({ tell, env = process.env, patienceMs = 3_000 }: RenderToolsOptions): RenderTools {
  const stopped = new AbortController()
  const hear = sparsely(tell)
  const found = new Map<ToolName, Promise<Tool>>()

  let queue: Promise<unknown> = Promise.resolve()

  /** Once for all who ask, and one after another. */
  function find(name: ToolName): Promise<Tool> {
    const known = found.get(name)
    if (known !== undefined) return known
    const finding = queue.then(() => look(name))
    queue = finding.catch(() => undefined)
    found.set(name, finding)
    return finding
  }

  /** That it failed is told to who asks next, also if nobody waits for it now; who asks after that has it looked for again. */
  async function findFor(name: ToolName, until: readonly Promise<never>[]): Promise<Tool> {
    const finding = find(name)
    try {
      return await Promise.race([finding, ...until])
    } catch (error) {
      if (error instanceof ToolMissingError && found.get(name) === finding) found.delete(name)
      return asFault(error)
    }
  }

  async function look(name: ToolName): Promise<Tool> {
    await using toolbox = openToolbox({
      env,
      signal: stopped.signal,
      onProgress: (progress) => hear(`${name} ${progress.kind}`, describeProgress(progress)),
    })
    return await toolbox.find(name)
  }

  async function run(name: RendererTool, { with: others = [], network, ...request }: ToolRun) {
    const names = [name, ...others]
    const wanted: readonly ToolName[] = ['plimsoll-sandbox', ...names]
    const [launcher, ...tools] = await Promise.all(wanted.map((program) => findFor(program, [])))
    const programs = Object.fromEntries(names.map((program, i) => [program, tools[i]?.path ?? '']))
    const sandbox = openSandbox({ launcher: launcher?.path ?? '' })
    const output = await sandbox.run({
      ...request,
      command: name,
      programs,
      env: { ...collection, ...request.env },
      ...(network ? reach(network) : { limits }),
    })
    return { ...output, stderr: Buffer.from(output.stderr).toString('utf8') }
  }

  return {
    async find(name, signal) {
      using patience = waitAtMost(patienceMs, signal)
      const tool = await findFor(name, [patience.end])
      await findFor('plimsoll-sandbox', [patience.end])
      return {
        version: tool.version,
        run: (request) => run(name, request).catch((error: unknown) => asFault(error, request.network !== undefined)),
      }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort(new Error('the service stops'))
      await Promise.allSettled(found.values())
    },
  }
}

/** Rejects when the time is over, or with the signal's reason. */
function waitAtMost(ms: number, signal: AbortSignal): Disposable & { readonly end: Promise<never> } {
  signal.throwIfAborted()
  const { promise: end, reject } = Promise.withResolvers<never>()
  end.catch(() => undefined)
  const onAbort = () => reject(signal.reason)
  const timer = setTimeout(() => reject(new ToolNotReadyError('the program is still being built')), ms)
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    end,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

/** The way to the hosts that the operator allows, and what of this machine it takes. */
function reach({ hosts, git }: NonNullable<ToolRun['network']>): Pick<SandboxedRun, 'proxy' | 'readOnly' | 'limits'> {
  return {
    proxy: { allow: hosts, setting: hostsSetting },
    readOnly: git ? systemFolders() : certificateFolders(),
    limits: fetchingLimits,
  }
}

/** What a person has to mend; all else may pass by itself. */
function asFault(error: unknown, fetches = false): never {
  if (fetches && error instanceof SandboxError && error.reason === 'timeout')
    throw new FetchFailedError(`${error.message}, and fetches from a network`, { cause: error })
  if (error instanceof ToolMissingError) throw toolMissing(error)
  if (error instanceof SandboxError && error.reason !== 'failed') throw unsandboxed(error)
  throw error
}
