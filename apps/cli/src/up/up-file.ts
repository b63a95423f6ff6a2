import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a Plimsoll that is up says of itself in its state folder, for `plimsoll doctor`. */
export type UpFile = {
  readonly pid: number
  /** When that process started, as `processStart` has it: a pid comes back after a while. */
  readonly start: string
  readonly since: string
  readonly kubeconfig: string
  readonly context?: string | undefined
}

export function upFileOf(folder: string): string {
  return join(folder, 'up.json')
}

/** Undefined when none is up; one that was killed leaves its file behind. */
export async function readUpFile(folder: string): Promise<UpFile | undefined> {
  try {
    return JSON.parse(await readFile(upFileOf(folder), 'utf8')) as UpFile
  } catch {
    return undefined
  }
}
