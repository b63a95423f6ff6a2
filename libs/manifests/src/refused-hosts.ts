import { orAllow } from './closure/refusal.ts'
import type { ManifestError } from './manifest-error.ts'
import type { HostProblem } from './renderer.ts'

type Named = { readonly file: string; readonly line: number; readonly text: string }

/** What a render was led to, by a redirect or by what it fetched, and may not reach. */
export function refusedHosts(refused: readonly HostProblem[], named: Named): readonly ManifestError[] {
  return refused.slice(0, 5).map(({ host, port, because }) => ({
    file: named.file,
    line: named.line,
    message: `${named.text} leads to ${host}:${port}, which is no host that renders may reach: ${because}`,
    try: `commit a copy of it to the repository, and refer to that by its path; ${orAllow({ host, port })}`,
  }))
}
