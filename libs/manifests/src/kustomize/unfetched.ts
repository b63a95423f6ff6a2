import type { RemoteReference } from '../closure/remote-hosts.ts'
import { FetchFailedError } from '../fetch-failed-error.ts'
import type { ManifestError } from '../manifest-error.ts'
import { refusedHosts } from '../refused-hosts.ts'
import type { ToolOutput } from '../renderer.ts'

/** How Kustomize, its git and its Helm say that something did not come, without what else was around it. */
const said: readonly RegExp[] = [
  /fatal: (.+)$/m,
  /failed to run '\S*git [^']*': (.+)/,
  /((?:HTTP Error|Get "https?:)[^']*)/,
  /(hit \S+ timeout[^']*)/,
  /Error: ((?:looks like "https?:|chart ".*" (?:version ".*" )?not found|failed to (?:perform|fetch|download)|could not ).*)/,
]

/**
 * Why what was to be fetched is missing: refused, as errors of the files that name it; undefined if that is not it. Throws
 * FetchFailedError for what may come later.
 */
export function unfetched(
  output: ToolOutput,
  remotes: readonly RemoteReference[],
): readonly ManifestError[] | undefined {
  const [first] = remotes
  if (first === undefined) return undefined
  const { stderr, refused, unreachable } = output
  const named = remotes.find(({ text }) => stderr.includes(text)) ?? first
  if (refused.length > 0) return refusedHosts(refused, named)
  if (/no 'git' program on path|"git": executable file not found/.test(stderr)) return [noGit(named)]
  const told = said.flatMap((pattern) => pattern.exec(stderr)?.[1] ?? [])[0]
  const [away] = unreachable
  const because = away === undefined ? told : `${away.host}:${away.port}: ${away.because}`
  if (because === undefined) return undefined
  throw new FetchFailedError(`${named.file}:${named.line}: ${named.text} cannot be fetched: ${oneLine(because)}`)
}

function noGit({ file, line, text }: RemoteReference): ManifestError {
  return {
    file,
    line,
    message: `${text} is fetched by git, and the machine that renders has none`,
    try: 'install git beside the differ, or commit a copy of it to the repository',
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
