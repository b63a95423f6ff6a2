import { runSandboxed } from './run-sandboxed.ts'

/** Lets the launcher tell its version within a sandbox of its own making. */
export async function checkLauncher(launcher: string): Promise<void> {
  await runSandboxed(launcher, {
    command: 'plimsoll-sandbox',
    args: ['--version'],
    files: new Map(),
    programs: { 'plimsoll-sandbox': launcher },
    limits: { timeoutMs: 20_000, memoryBytes: 64 * 1024 ** 2, outputBytes: 1024, diskBytes: 1024 ** 2 },
  })
}
