import { DamagedMirrorError } from './damaged-mirror-error.ts'
import type { Mirror } from './mirror.ts'
import { printable } from './printable.ts'
import { readObject } from './read-objects.ts'

export type CommitInfo = {
  /** `Name <address>`, as the author set it. */
  readonly author: string
  /** First line, without control characters. */
  readonly message: string
  /** When it was committed. */
  readonly time: Date
  readonly tree: string
}

/** What a commit says about itself. Throws DamagedMirrorError when the mirror lacks it. */
export function commitInfo(mirror: Mirror, commit: string): CommitInfo {
  const { type, body } = readObject(mirror, commit)
  if (type !== 'commit') throw new DamagedMirrorError(`object ${commit} is a ${type}, not a commit`)
  const text = body.toString('utf8')
  const end = text.indexOf('\n\n')
  const headers = (end < 0 ? text : text.slice(0, end)).split('\n')
  const header = (name: string) => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ''
  const [firstLine = ''] =
    end < 0
      ? ['']
      : text
          .slice(end + 2)
          .trimStart()
          .split('\n', 1)
  const seconds = Number(/ (\d+) [+-]\d{4}$/.exec(header('committer'))?.[1] ?? 0)
  return {
    author: printable(header('author').replace(/ \d+ [+-]\d{4}$/, '')).slice(0, 500),
    message: printable(firstLine).slice(0, 500),
    time: new Date(Number.isSafeInteger(seconds * 1000) ? seconds * 1000 : 0),
    tree: header('tree'),
  }
}
