import type { Fault } from '@plimsoll/domain'
import { ToolMissingError } from '@plimsoll/embedded'
import { LeaseLostError } from '@plimsoll/event-log'
import { endpointOf, KubernetesError, requestToken } from '@plimsoll/kubernetes'
import { SandboxError } from '@plimsoll/sandbox'
import { cappedOutput } from './capped-output.ts'
import {
  CommandFault,
  ended,
  noAccount,
  noToken,
  noTools,
  proxied,
  switchedOff,
  unreachable,
  unsandboxed,
} from './command-fault.ts'
import { openCommandTools } from './command-tools.ts'
import type { CommandTools } from './command-tools.ts'
import { readable } from './live-output.ts'
import { needlesOf, openMask } from './mask-output.ts'
import { runInSandbox, TooMuchOutputError } from './run-in-sandbox.ts'
import type { HookCommand } from './hook-command.ts'

/** How a command ended. */
export type CommandEnd = {
  /** Undefined when it ended well. */
  readonly fault: Fault | undefined
  /** It could not be run at all, by no fault of the commit's. */
  readonly isOutside: boolean
  /** Masked; the beginning and the end of what is long. */
  readonly output: string
  readonly durationMs: number
}

/** Runs the commands of workflows, if the operator lets them. */
export type CommandRunner = AsyncDisposable & {
  /** Rejects with the signal's reason, with LeaseLostError, and with KubernetesError where a second try may help. */
  readonly run: (command: HookCommand) => Promise<CommandEnd>
}

export type CommandRunnerOptions = {
  readonly enabled: boolean
  /** What commands may reach beside the API server: `host`, `host:port`, `*.suffix`. */
  readonly hosts: readonly string[]
  /** Hears how building the programs goes on, a line each. */
  readonly tell: (line: string) => void
}

/** A token outlives its command by so much: it is asked for before the sandbox is made. */
const tokenSlackMs = 60_000
const tailInFault = 200

export function openCommandRunner({ enabled, hosts, tell }: CommandRunnerOptions): CommandRunner {
  const tools = openCommandTools(tell)
  // Building takes minutes: it begins before the first command waits for it, which is told of what goes wrong.
  if (enabled) tools.find().catch(() => undefined)
  return {
    async run(command) {
      const startedAt = performance.now()
      const output = cappedOutput()
      const show = readable(command.onOutput)
      const hear = (text: string) => {
        output.add(text)
        show(text)
      }
      const fault = await attempt(command, enabled ? tools.find : undefined, hosts, hear).catch((error: unknown) =>
        faultOf(command, error),
      )
      return {
        fault: masked(typeof fault === 'function' ? fault(output.tail(tailInFault)) : fault, command.hidden),
        isOutside: typeof fault === 'object',
        output: output.text(),
        durationMs: Math.round(performance.now() - startedAt),
      }
    },
    [Symbol.asyncDispose]: () => tools[Symbol.asyncDispose](),
  }
}

/** A fault that quotes the end of what the command wrote. */
type Telling = (tail: string) => Fault

async function attempt(
  command: HookCommand,
  findTools: (() => Promise<CommandTools>) | undefined,
  hosts: readonly string[],
  hear: (text: string) => void,
): Promise<Telling | undefined> {
  const { timeoutMs, hidden, signal } = command
  const cluster = command.cluster.own ?? command.cluster
  signal.throwIfAborted()
  if (findTools === undefined) throw new CommandFault(switchedOff(command))
  const { service_account: account } = command.config.destination
  if (account === null) throw new CommandFault(noAccount(command))
  const endpoint = await endpointOf(cluster).catch((error: unknown) => {
    throw new CommandFault(unreachable(command, error))
  })
  if (endpoint.isProxied) throw new CommandFault(proxied(command))
  const tools = await untilAborted(findTools(), signal)
  const { token } = await requestToken(cluster, account, { lifetimeMs: timeoutMs + tokenSlackMs, signal })
  const needles = needlesOf([token, ...hidden])
  const { exitCode, refused } = await runInSandbox({ command, account, endpoint, tools, token, hosts, needles, hear })
  return exitCode === 0 ? undefined : (tail) => ended(command, `it ended with exit code ${exitCode}`, tail, refused)
}

/** What is wrong with the command; all else is thrown on. */
function faultOf(command: HookCommand, error: unknown): Telling | Fault {
  command.signal.throwIfAborted()
  if (error instanceof CommandFault) return error.fault
  if (error instanceof ToolMissingError) return noTools(command, error)
  if (error instanceof KubernetesError && !error.retryable) return noToken(command, error)
  if (error instanceof TooMuchOutputError) return (tail) => ended(command, error.message, tail)
  if (!(error instanceof SandboxError)) throw error
  // What becomes of the command is for the next one to say who holds the lease.
  if (error.reason === 'lapsed') throw new LeaseLostError(command.held())
  return error.reason === 'unavailable'
    ? unsandboxed(command, error)
    : (tail) => ended(command, wordsOf(command, error), tail)
}

/** The sandbox knows the shell only. */
function wordsOf({ timeoutMs }: HookCommand, { reason, message }: SandboxError): string {
  if (reason === 'timeout') return `it took longer than hook_timeout, ${timeoutMs / 1_000} s, and was ended`
  return message.replace(/^\/bin\/sh:? /, '')
}

/** A command may hold what nobody gets to see. */
function masked(fault: Fault | undefined, hidden: Iterable<string>): Fault | undefined {
  if (fault === undefined) return undefined
  const mask = openMask(needlesOf(hidden))
  const hide = (text: string) => mask.write(text) + mask.end()
  return { what: hide(fault.what), where: fault.where, because: hide(fault.because), try: hide(fault.try) }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
