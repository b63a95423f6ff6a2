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

/** Where Kustomize lays what it fetches by git. */
const fetchedFolder = /\/tmp\/kustomize-\d+\/?/g
const entered = /(?:recursed accumulation of path|couldn't make target for path) '\/tmp\/kustomize-\d+\/?([^']*)': /g

/**
 * What is wrong with what was to be fetched, as errors of the files that name it: it is refused, or does not render;
 * undefined if that is not it. Throws FetchFailedError for what may come later.
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
  if (because === undefined) return stderr.search(fetchedFolder) < 0 ? undefined : [unsound(stderr, named)]
  throw new FetchFailedError(`${named.file}:${named.line}: ${named.text} cannot be fetched: ${oneLine(because)}`)
}

/** An error of a file that was fetched, as one of the file that names it. */
export function ofFetched(error: ManifestError, remotes: readonly RemoteReference[]): ManifestError {
  const [, path] = /(?:^|\/)https?:\/+(.*)$/.exec(error.file) ?? []
  const named = path === undefined ? undefined : remotes.find(({ text }) => text.replaceAll(/\/+/g, '/').endsWith(path))
  return named === undefined ? error : { ...notSound(named, error.message), try: error.try }
}

function unsound(stderr: string, named: RemoteReference): ManifestError {
  const last = [...stderr.matchAll(entered)].at(-1)
  const folder = last?.[1] || 'its root'
  const rest = last === undefined ? stderr : stderr.slice(last.index + last[0].length)
  const missing = /evalsymlink failure on '\/tmp\/kustomize-\d+\/?([^']*)'/.exec(rest)?.[1]
  if (missing !== undefined) return notSound(named, `there is nothing at ${missing}`)
  if (rest.includes("unable to find one of 'kustomization.yaml'"))
    return notSound(named, `the folder ${folder} holds no kustomization.yaml`)
  return notSound(named, `in the folder ${folder}: ${oneLine(rest.replaceAll(fetchedFolder, ''))}`)
}

function notSound({ file, line, text }: RemoteReference, because: string): ManifestError {
  return {
    file,
    line,
    message: `what is fetched from ${text} cannot be rendered: ${because}`,
    try: 'name a commit where it is correct, or commit a copy of it to the repository',
  }
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
