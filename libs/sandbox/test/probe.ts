import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Probe = Disposable & {
  /** A folder that every user may enter. */
  readonly folder: string
  readonly launcher: string
  /** The program that tries to get out. */
  readonly probe: string
}

/** Builds the program that tries to get out, and lays it beside a copy of the launcher where every user may run them. */
export function buildProbe(launcher: string): Probe {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-probe-'))
  const probe = join(folder, 'probe')
  execFileSync('go', ['build', '-o', probe, '.'], {
    cwd: fileURLToPath(new URL('../testdata/probe', import.meta.url)),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' },
  })
  copyFileSync(launcher, join(folder, 'plimsoll-sandbox'))
  for (const path of [folder, probe]) chmodSync(path, 0o755)
  return {
    folder,
    launcher: join(folder, 'plimsoll-sandbox'),
    probe,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
