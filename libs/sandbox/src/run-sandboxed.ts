import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type End, outcome, type Stop } from './outcome.ts'
import { packFiles } from './pack-files.ts'
import { SandboxError } from './sandbox-error.ts'

export type SandboxedRun = {
  /** A name among `programs`. */
  readonly command: string
  readonly args: readonly string[]
  /** What lies in the folder that the program is started in, by relative path. Never on a disk. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Absolute paths on this machine, by the names that they get on the sandbox's PATH. */
  readonly programs: Readonly<Record<string, string>>
  /** Besides PATH, HOME and TMPDIR nothing else is in its environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly limits: SandboxLimits
  /** A /proc of its own, where the system allows it. Default false. */
  readonly proc?: boolean
  readonly signal?: AbortSignal
}

export type SandboxLimits = {
  readonly timeoutMs: number
  /** Of all its processes together. */
  readonly memoryBytes: number
  /** Of standard output and standard error together. */
  readonly outputBytes: number
  /** Of all its files together, those given included. They lie in memory. */
  readonly diskBytes: number
  /** Threads count. Default 256. */
  readonly processes?: number
}

export type SandboxOutput = {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** 128 and the number of the signal for a program that died of one. */
  readonly exitCode: number
}

/**
 * Runs a program in a sandbox: no network, no file of this machine but the programs named, no environment, no
 * capability. All its processes end with it, with the deadline, with `signal`, and with this process.
 */
export async function runSandboxed(launcher: string, run: SandboxedRun): Promise<SandboxOutput> {
  run.signal?.throwIfAborted()
  if (process.platform !== 'linux')
    throw new SandboxError('unavailable', `a sandbox needs Linux, and this is ${process.platform}`, 'run it on Linux')
  checkPaths(run.files)
  const child = spawn(launcher, [String(process.pid)], { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  const [input, stdout, stderr, status] = child.stdio as unknown as [Writable, Readable, Readable, Readable]
  const kill = stopper(child)
  const onAbort = () => kill('abort')
  const deadline = setTimeout(() => kill('timeout'), run.limits.timeoutMs)
  run.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const fits = budget(run.limits.outputBytes, () => kill('output'))
    const [out, errors, report, ended] = await Promise.all([
      collect(stdout, fits),
      collect(stderr, fits),
      collect(
        status,
        budget(64 * 1024, () => kill('output')),
      ),
      endOf(child),
      feed(input, run),
    ])
    run.signal?.throwIfAborted()
    return outcome(run, { ...ended, stopped: kill.reason(), report: report.toString('utf8') }, out, errors)
  } finally {
    clearTimeout(deadline)
    run.signal?.removeEventListener('abort', onAbort)
  }
}

/** All else is the launcher's to check; this an archive has no way to say. */
function checkPaths(files: ReadonlyMap<string, Uint8Array>): void {
  const strange = files.keys().find((path) => path.includes('\0'))
  if (strange === undefined) return
  throw new SandboxError('failed', `${JSON.stringify(strange)} is no path of a file`, 'rename the file')
}

/** Ends the launcher, and so everything; the first reason counts. */
function stopper(child: ChildProcess) {
  let reason: Stop | undefined
  const kill = (why: Stop) => {
    reason ??= why
    child.kill('SIGKILL')
  }
  return Object.assign(kill, { reason: () => reason })
}

function budget(bytes: number, spent: () => void): (bytes: number) => boolean {
  let left = bytes
  return (more) => {
    left -= more
    if (left < 0) spent()
    return left >= 0
  }
}

async function collect(stream: Readable, fits: (bytes: number) => boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) if (fits(chunk.length)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function endOf(child: ChildProcess): Promise<Pick<End, 'code' | 'startError'>> {
  return new Promise((resolve) => {
    child.once('error', (startError) => resolve({ code: null, startError }))
    child.once('close', (code) => resolve({ code, startError: undefined }))
  })
}

/** A launcher that ended has said why: that it reads no further is not the error. */
async function feed(input: Writable, { command, args, env, programs, proc = false, limits, files }: SandboxedRun) {
  const request = {
    command,
    args,
    env: { PATH: '/bin', HOME: '/tmp', TMPDIR: '/tmp', ...env },
    programs,
    network: 'none',
    proc,
    limits: {
      memory: limits.memoryBytes,
      disk: limits.diskBytes,
      processes: limits.processes ?? 256,
      openFiles: 1024,
    },
  }
  input.on('error', () => {})
  input.write(`${JSON.stringify(request)}\n`)
  await pipeline(packFiles(files), input).catch(() => {})
}
