import type { Kept } from './collect.ts'
import type { HostProblem, SandboxedRun, SandboxOutput } from './sandboxed-run.ts'
import { SandboxError } from './sandbox-error.ts'

export type Stop = 'timeout' | 'output' | 'abort'

/** What is known of the launcher's end. */
export type End = {
  readonly code: number | null
  readonly startError: Error | undefined
  /** Why we ended it, if we did. */
  readonly stopped: Stop | undefined
  /** The lines that it wrote about the program. */
  readonly report: string
}

type Report = {
  readonly error?: 'unavailable' | 'input' | 'memory' | 'killed' | 'lapsed' | 'output'
  readonly message?: string
  readonly try?: string
  readonly code: number
}

/** What the program could not reach, a line each, before the report. */
type Happening = { readonly refused?: HostProblem; readonly unreachable?: HostProblem }

const outOfMemory = /(?:out of|cannot allocate) memory/i

/** Tells the program's own end from all others, which are errors. */
export function outcome(run: SandboxedRun, end: End, stdout: Kept, stderr: Kept): Omit<SandboxOutput, 'files'> {
  const { command, limits } = run
  if (end.startError !== undefined)
    throw new SandboxError(
      'unavailable',
      `the launcher of sandboxes cannot be started: ${end.startError.message}`,
      'set PLIMSOLL_TOOL_PLIMSOLL_SANDBOX to a working plimsoll-sandbox, or unset it',
    )
  const { report, refused, unreachable } = parse(end.report)
  // What was over before we ended it has an end of its own.
  if (report?.error === undefined && end.stopped === 'timeout')
    throw new SandboxError(
      'timeout',
      `${command} took longer than ${limits.timeoutMs / 1000} s`,
      'simplify or split what it is given',
    )
  if (end.stopped === 'output')
    throw new SandboxError(
      'output',
      `${command} wrote more than ${size(limits.outputBytes)}`,
      'simplify or split what it is given',
    )
  if (report === undefined)
    throw new SandboxError('failed', `the launcher of sandboxes ended with ${end.code ?? 'a signal'}`, 'try again')
  if (report.error === 'memory' || (report.code !== 0 && outOfMemory.test(stderr.bytes.toString('latin1'))))
    throw new SandboxError(
      'memory',
      `${command} took more than ${size(limits.memoryBytes)} of memory`,
      'simplify or split what it is given',
    )
  if (report.error === undefined)
    return {
      stdout: stdout.bytes,
      stderr: stderr.bytes,
      exitCode: report.code,
      refused,
      unreachable,
      droppedBytes: stdout.dropped + stderr.dropped,
    }
  const reason = report.error === 'unavailable' || report.error === 'lapsed' ? report.error : 'failed'
  throw new SandboxError(reason, `${command}: ${report.message ?? report.error}`, report.try ?? 'try again')
}

function parse(lines: string) {
  const told = lines.split('\n').flatMap(parseLine)
  return {
    report: told.find((line): line is Report => 'code' in line),
    refused: told.flatMap((line) => ('refused' in line && line.refused ? [line.refused] : [])),
    unreachable: told.flatMap((line) => ('unreachable' in line && line.unreachable ? [line.unreachable] : [])),
  }
}

function parseLine(line: string): readonly (Report | Happening)[] {
  try {
    return [JSON.parse(line) as Report | Happening]
  } catch {
    return []
  }
}

function size(bytes: number): string {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.round(bytes / 1024 ** 2)} MiB`
}
