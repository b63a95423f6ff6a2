import { checkLauncher } from './check-launcher.ts'
import { runSandboxed } from './run-sandboxed.ts'
import type { SandboxedRun, SandboxOutput } from './sandboxed-run.ts'

/** Runs programs that are not trusted. */
export type Sandbox = {
  /** Resolves when the program ended by itself, however. Rejects with SandboxError, or with the signal's reason. */
  run(request: SandboxedRun): Promise<SandboxOutput>
  /** Rejects with SandboxError when this system lets us make no sandbox. */
  check(): Promise<void>
}

/** `launcher`: the absolute path of `plimsoll-sandbox`. */
export function openSandbox({ launcher }: { readonly launcher: string }): Sandbox {
  return { run: (request) => runSandboxed(launcher, request), check: () => checkLauncher(launcher) }
}
