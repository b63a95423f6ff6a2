import { describeProgress, openToolbox, sparsely } from '@plimsoll/embedded'
import { systemFolders } from '@plimsoll/sandbox'

/** What a command finds in its sandbox, by paths on this machine. */
export type CommandTools = {
  readonly launcher: string
  readonly programs: Readonly<Record<'kubectl' | 'helm', string>>
  /** What is shown of this machine, at its own place and read-only: a shell, what belongs to it, and whom TLS trusts. */
  readonly shown: readonly string[]
}

/** Found, or built, once for all who ask, when the first one asks. Rejects with ToolMissingError; who asks then starts anew. */
export type FindCommandTools = AsyncDisposable & { readonly find: () => Promise<CommandTools> }

/** `tell` hears how building goes on, a line each. */
export function openCommandTools(tell: (line: string) => void): FindCommandTools {
  const stopped = new AbortController()
  const hear = sparsely(tell)
  let finding: Promise<CommandTools> | undefined

  async function look(): Promise<CommandTools> {
    await using toolbox = openToolbox({
      signal: stopped.signal,
      onProgress: (progress) => hear(`${progress.tool} ${progress.kind}`, describeProgress(progress)),
    })
    const launcher = await toolbox.find('plimsoll-sandbox')
    const kubectl = await toolbox.find('kubectl')
    const helm = await toolbox.find('helm')
    return {
      launcher: launcher.path,
      programs: { kubectl: kubectl.path, helm: helm.path },
      shown: systemFolders(),
    }
  }

  return {
    find: () => {
      finding ??= look().catch((error: unknown) => {
        finding = undefined
        throw error
      })
      return finding
    },
    async [Symbol.asyncDispose]() {
      stopped.abort(new Error('the service stops'))
      await finding?.catch(() => undefined)
    },
  }
}
