import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type RenderElsewhere = {
  readonly renderer: 'kustomize' | 'helm'
  /** The folder `o` is rendered. */
  readonly texts: Readonly<Record<string, string>>
  readonly hosts: readonly string[]
}

export type Rendered = { readonly summary: readonly string[] } | { readonly error: string }

export type Elsewhere = {
  /** Of /etc/hosts. */
  readonly names: string
  /** All that the machine trusts there. */
  readonly authority: string
}

/** Where most systems keep what they trust. */
export const trusted = '/etc/ssl/certs/ca-certificates.crt'

/** Renders in a process of its own, on a machine that has other names of hosts and trusts somebody else. Needs root. */
export async function renderElsewhere(asked: RenderElsewhere, { names, authority }: Elsewhere): Promise<Rendered> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'plimsoll-elsewhere-'))
  const place = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text)
    return join(folder.path, name)
  }
  const changed = `mount --bind "$1" /etc/hosts && mount --bind "$2" ${trusted} && shift 2 && exec "$@"`
  const script = fileURLToPath(new URL('render-process.ts', import.meta.url))
  const shell = ['sh', '-c', changed, 'sh', place('hosts', names), place('trusted', authority)]
  const { stdout } = await promisify(execFile)('unshare', [
    '--mount',
    ...shell,
    process.execPath,
    script,
    JSON.stringify(asked),
  ])
  return JSON.parse(stdout) as Rendered
}
