import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

/** What a commit puts at a path: text, an entry of another mode (a link, a submodule, an executable), or nothing. */
export type FileContent = string | null | { readonly mode: '100755' | '120000' | '160000'; readonly content: string }

/** A bare Git repository on disk. */
export type GitRepository = {
  readonly path: string
  readonly branch: string
  /**
   * Writes files over those of the branch's head (null removes one), and returns the new commit. With a `ref`, as
   * `refs/pull/7/head`, it is that which moves, and not the branch.
   */
  commit(files: Readonly<Record<string, FileContent>>, message: string, ref?: string): Promise<string>
  /** Runs `git` in the repository and returns what it printed. */
  git(...args: readonly string[]): Promise<string>
}

const identity = 'Plimsoll <plimsoll@example.com>'

/** The environment of every git process: nothing of the machine's own configuration. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
}

export async function createGitRepository(path: string, branch = 'main'): Promise<GitRepository> {
  await mkdir(path, { recursive: true })
  const git = async (...args: readonly string[]) => (await runGit(path, args)).trimEnd()
  await git('init', '--quiet', '--bare', `--initial-branch=${branch}`)
  await git('config', 'http.receivepack', 'true')
  await git('config', 'gc.auto', '0')
  const commit: GitRepository['commit'] = async (files, message, ref = `refs/heads/${branch}`) => {
    const head = await git('for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`)
    return (await runGit(path, ['fast-import', '--quiet', '--force'], script(ref, head, files, message))).trim()
  }
  return { path, branch, commit, git }
}

function script(ref: string, head: string, files: Readonly<Record<string, FileContent>>, message: string): string {
  const lines = [`commit ${ref}`, 'mark :1']
  const now = Math.floor(Date.now() / 1000)
  lines.push(`author ${identity} ${now} +0000`, `committer ${identity} ${now} +0000`, data(message))
  if (head !== '') lines.push(`from ${head}`)
  for (const [path, content] of Object.entries(files)) lines.push(change(quote(path), content))
  return `${lines.join('\n')}\n\nget-mark :1\n`
}

function change(path: string, content: FileContent): string {
  if (content === null) return `D ${path}`
  if (typeof content === 'string') return `M 100644 inline ${path}\n${data(content)}`
  if (content.mode === '160000') return `M 160000 ${content.content} ${path}`
  return `M ${content.mode} inline ${path}\n${data(content.content)}`
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}`
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

async function runGit(cwd: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn('git', args, { cwd, env: gitEnvironment, stdio: 'pipe' })
  child.stdin.on('error', () => undefined).end(input)
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${error.trim()}`)
  return out
}
