import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { collect, keep, type Kept } from './collect.ts'
import { type End, outcome, type Stop } from './outcome.ts'
import { packFiles } from './pack-files.ts'
import { SandboxError } from './sandbox-error.ts'
import { toRequest } from './to-request.ts'
import { unpackFiles } from './unpack-files.ts'
import { instant, vouch } from './vouch.ts'
import type { SandboxedRun, SandboxOutput } from './sandboxed-run.ts'

/**
 * Runs a program in a sandbox: no network, no file of this machine but the programs named, no environment, no
 * capability; nor anything that `run` does not ask for. All its processes end with it, with the deadline, with `signal`,
 * and with this process.
 *
 * A shell that reaches one server and the hosts of an operator's list:
 *
 *     runSandboxed(launcher, {
 *       command: '/bin/sh', args: ['-c', script], files, limits, programs: { kubectl: '/opt/kubectl' },
 *       readOnly: systemFolders(), proc: true,
 *       forwards: [{ port: 6443, host: '10.0.0.7', to: 6443 }],
 *       proxy: { allow: ['hooks.example.com', '*.corp.example'], setting: 'PLIMSOLL_COMMAND_HOSTS' },
 *       onMuchOutput: 'keep-tail', onOutput: (piece) => show(piece),
 *     })
 */
export async function runSandboxed(launcher: string, run: SandboxedRun): Promise<SandboxOutput> {
  run.signal?.throwIfAborted()
  if (process.platform !== 'linux')
    throw new SandboxError('unavailable', `a sandbox needs Linux, and this is ${process.platform}`, 'run it on Linux')
  checkPaths(run.files)
  const { heldUntil } = run
  const child = spawn(launcher, [String(process.pid), ...(heldUntil === undefined ? [] : [instant(heldUntil())])], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...(heldUntil === undefined ? [] : ['pipe' as const])],
  })
  const [input, stdout, stderr, status, lease] = child.stdio as unknown as [
    Writable,
    Readable,
    Readable,
    Readable,
    Writable | undefined,
  ]
  const kill = stopper(child)
  const onAbort = () => kill('abort')
  const deadline = setTimeout(() => kill('timeout'), run.limits.timeoutMs)
  const vouching = vouch(lease, heldUntil)
  run.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const [[out, errors], report, ended] = await Promise.all([
      listen(stdout, stderr, run, () => kill('output')),
      collect(
        status,
        keep(64 * 1024, () => kill('output')),
      ),
      endOf(child),
      feed(input, run),
    ])
    run.signal?.throwIfAborted()
    const end = { ...ended, stopped: kill.reason(), report: report.bytes.toString('utf8') }
    const output = outcome(run, end, out, errors)
    if (run.collect === undefined) return { ...output, files: new Map() }
    return { ...output, stdout: new Uint8Array(), files: await unpackFiles(output.stdout) }
  } finally {
    clearTimeout(deadline)
    vouching[Symbol.dispose]()
    run.signal?.removeEventListener('abort', onAbort)
  }
}

async function listen(stdout: Readable, stderr: Readable, run: SandboxedRun, spent: () => void): Promise<[Kept, Kept]> {
  const { onOutput, onMuchOutput, limits, collect: folders } = run
  const inAll = keep(limits.outputBytes, spent)
  // Of an archive no part can be missing.
  const keepsTail = onMuchOutput === 'keep-tail' && folders === undefined
  const bounds = () => (keepsTail ? ({ tail: limits.outputBytes } as const) : inAll)
  return await Promise.all([
    collect(stdout, bounds(), (piece) => onOutput?.(piece, 'stdout')),
    collect(stderr, bounds(), (piece) => onOutput?.(piece, 'stderr')),
  ])
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

function endOf(child: ChildProcess): Promise<Pick<End, 'code' | 'startError'>> {
  return new Promise((resolve) => {
    child.once('error', (startError) => resolve({ code: null, startError }))
    child.once('close', (code) => resolve({ code, startError: undefined }))
  })
}

/** A launcher that ended has said why: that it reads no further is not the error. */
async function feed(input: Writable, run: SandboxedRun) {
  input.on('error', () => {})
  input.write(`${JSON.stringify(toRequest(run))}\n`)
  await pipeline(packFiles(run.files), input).catch(() => {})
}
