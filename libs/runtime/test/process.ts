import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { readConfig } from '../src/config.ts'
import { run, untilAborted } from '../src/index.ts'

const resource = (name: string) => ({
  [Symbol.asyncDispose]: async () => {
    await sleep(1)
    console.log(`closed ${name}`)
  },
})

/** What the process of the test does, by its first argument. */
const mains: Record<string, Parameters<typeof run>[0]> = {
  serve: async (stack, signal) => {
    stack.use(resource('log'))
    stack.use(resource('stream'))
    signal.addEventListener('abort', () => console.log('aborted'))
    console.log('up')
    // Holds the process as a server would.
    setInterval(() => {}, 1_000).unref()
    const server = setInterval(() => {}, 1_000)
    await untilAborted(signal)
    clearInterval(server)
  },
  waits: async (stack, signal) => {
    stack.use(resource('log'))
    console.log('up')
    await sleep(60_000, undefined, { signal })
  },
  finishes: (stack) => {
    stack.use(resource('log'))
    return Promise.resolve()
  },
  fails: (stack) => {
    stack.use(resource('log'))
    return Promise.reject(new Error('cannot reach postgres://me:hunter2@db'))
  },
  misconfigured: () => Promise.resolve(void readConfig(z.object({ PLIMSOLL_X: z.string().describe('a text') }), {})),
  hangs: async (stack, signal) => {
    stack.defer(() => {
      console.log('closing')
      return new Promise(() => setInterval(() => {}, 1_000))
    })
    console.log('up')
    const server = setInterval(() => {}, 1_000)
    await untilAborted(signal)
    clearInterval(server)
  },
}

const main = mains[process.argv[2] ?? '']
if (main === undefined) throw new Error('no such main')
await run(main)
