import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { boundText } from '@plimsoll/domain'
import { LuaError } from './lua-error.ts'
import type { LuaReply, LuaRequest } from './lua-message.ts'

export type LuaScript = {
  /** For messages: `health.lua` in `health.lua:3: attempt to …`. */
  readonly name: string
  readonly source: string
}

export type LuaLimits = { readonly timeoutMs: number; readonly memoryBytes: number }

const defaultLimits: LuaLimits = { timeoutMs: 1_000, memoryBytes: 64 * 1024 * 1024 }

/** Runs Lua 5.4 with nothing of the world in it: no files, no processes, no network, no modules. */
export type LuaRunner = AsyncDisposable & {
  /**
   * Runs a script with these globals, plain JSON data, and answers what it returns as plain JSON data. Scripts run one after
   * the other. Throws LuaError.
   */
  readonly run: (script: LuaScript, globals: Readonly<Record<string, unknown>>) => Promise<unknown>
}

/**
 * A script cannot outlast its time: it runs in a thread of its own, which is ended with it. Starting another takes 80 ms, so
 * one is kept; it does not keep the process alive.
 */
export function openLuaRunner(limits: Partial<LuaLimits> = {}): LuaRunner {
  const { timeoutMs, memoryBytes } = { ...defaultLimits, ...limits }
  let warm: Promise<Worker> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let lastId = 0

  async function run({ name, source }: LuaScript, globals: Readonly<Record<string, unknown>>): Promise<unknown> {
    const worker = await (warm ??= startWorker())
    const id = ++lastId
    const { promise, resolve, reject } = Promise.withResolvers<LuaReply>()
    const timer = setTimeout(
      () => reject(new LuaError('time', `${name} ran for more than ${timeoutMs} ms and was ended`)),
      timeoutMs,
    )
    const onExit = () => reject(new LuaError('memory', `${name} ended its interpreter`))
    worker.once('message', resolve).once('error', onExit).once('exit', onExit)
    worker.ref()
    try {
      const request: LuaRequest = { id, name, source, globals: data(globals) as LuaRequest['globals'], memoryBytes }
      worker.postMessage(request)
      const reply = await promise
      if (reply.ok) return reply.value
      if (reply.failure === 'memory') throw new LuaError('memory', `${name} needs more than ${memoryBytes} bytes`)
      throw new LuaError('script', boundText(reply.message))
    } catch (error) {
      if (!(error instanceof LuaError && error.failure === 'script')) {
        warm = undefined
        await worker.terminate()
      }
      throw error
    } finally {
      clearTimeout(timer)
      worker.off('message', resolve).off('error', onExit).off('exit', onExit)
      worker.unref()
    }
  }

  return {
    run: (script, globals) => {
      const running = queue.then(() => run(script, globals))
      queue = running.catch(() => undefined)
      return running
    },
    async [Symbol.asyncDispose]() {
      await queue
      await (await warm)?.terminate()
    },
  }
}

async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('./lua-worker.ts', import.meta.url), {
    name: 'plimsoll-lua',
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  await once(worker, 'online')
  worker.unref()
  return worker
}

/** Without null, which Lua has no word for, and with integers beyond 2^53 as the texts of their digits. */
function data(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined).map(data)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .map(([key, field]) => [key, data(field)]),
  )
}
