import { RemoteFailureError } from './divert-pack.ts'
import { ObjectTooLargeError, PackError } from './pack-entry.ts'
import { TooManyObjectsError } from './pack-sink.ts'
import { InvalidRemoteUrlError } from './parse-remote-url.ts'
import type { Remote } from './remote.ts'
import { quoteServer, SourceError } from './source-error.ts'

/** What an error in the middle of an exchange says about the remote. Errors of this machine come back as they are. */
export function classify(remote: Remote, error: unknown): Error {
  if (error instanceof SourceError || error instanceof InvalidRemoteUrlError) return error
  if (!(error instanceof Error)) return new Error(String(error))
  const code = 'code' in error ? error.code : undefined
  if (code === 'NotFoundError') return remote.reading === undefined ? branchMissing(remote) : refMissing(remote)
  // Broken connections have been told apart before: what is left is the disk.
  if ('syscall' in error) return error
  if (error instanceof TooManyObjectsError || error instanceof ObjectTooLargeError)
    return new SourceError(remote, 'too-large', {
      because: error.message,
      remedy: 'take large files out of the repository, or raise the limit',
    })
  if (error instanceof PackError)
    return new SourceError(remote, 'protocol', {
      because: `what the server sends is damaged (${error.message})`,
      remedy: 'try `git clone`, and `git fsck` on the server',
      retryable: true,
    })
  if (error instanceof RemoteFailureError) return refusal(remote, error.message)
  const said = /but received "ERR (.*)"/s.exec(error.message)?.[1]
  if (said !== undefined) return refusal(remote, said)
  return new SourceError(remote, 'protocol', {
    because: `the server's answer is not Git's protocol (${quoteServer(error.message)})`,
    remedy: 'check that the URL is the one that `git clone` takes, and that no login page stands before it',
  })
}

export function branchMissing(remote: Remote): SourceError {
  return new SourceError(remote, 'branch-missing', {
    because: 'the remote has no such branch',
    remedy: 'push it, or name another one (`git ls-remote --heads URL` lists them)',
  })
}

/** The remote has no ref of that name, or does not show it to us. */
export function refMissing(remote: Remote): SourceError {
  return new SourceError(remote, 'revision-missing', {
    because: 'the remote shows no branch, tag or other ref of that name',
    remedy: 'look at `git ls-remote URL`; a ref that the server hides cannot be read',
  })
}

export function otherFormat(remote: Remote): SourceError {
  return new SourceError(remote, 'protocol', {
    because: 'its object ids are not SHA-1',
    remedy: "Plimsoll does not read repositories of Git's SHA-256 format yet: convert it, or mirror it",
  })
}

/** What a server means by its last words. */
export function refusal(remote: Remote, words: string): SourceError {
  const said = quoteServer(words)
  if (/not our ref|unadvertised object|no such remote ref/i.test(words))
    return new SourceError(remote, 'revision-missing', {
      because: `the server does not give it (${said})`,
      remedy: 'name a branch or a tag that leads to it',
    })
  if (/not found|not exist|not appear to be|no such (file|project|repo)|could not be found/i.test(words))
    return new SourceError(remote, 'not-found', {
      because: `the server knows no such repository (${said})`,
      remedy: 'check the path, and that the credentials may see it',
    })
  if (/denied|not (?:authorized|allowed|permitted)|unauthori[sz]ed|forbidden|access rights/i.test(words))
    return new SourceError(remote, 'auth-refused', {
      because: `the server refuses access (${said})`,
      remedy: 'check that the credentials may read this repository',
    })
  return new SourceError(remote, 'unreachable', {
    because: `the server broke off${said === '' ? '' : ` (${said})`}`,
    remedy: 'check its state; Plimsoll asks again by itself',
  })
}
