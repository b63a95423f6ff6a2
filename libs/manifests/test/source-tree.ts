import { createHash } from 'node:crypto'
import type { SourceEntry, SourceTree } from '../src/closure/source-tree.ts'

export type Content = string | { readonly mode: string; readonly text: string }

/** A repository of files, by path; `reads` are the paths of each call that read something. */
export function sourceTree(
  files: Readonly<Record<string, Content>>,
): SourceTree & { readonly reads: { readonly how: 'list' | 'find' | 'read'; readonly what: readonly string[] }[] } {
  const entries = new Map<string, SourceEntry>([['.', { mode: '40000', oid: 'root' }]])
  const bodies = new Map<string, Uint8Array>()
  for (const [path, content] of Object.entries(files)) {
    const { mode, text } = typeof content === 'string' ? { mode: '100644', text: content } : content
    const oid = createHash('sha1').update(text).digest('hex')
    bodies.set(oid, Buffer.from(text))
    entries.set(path, { mode, oid })
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/')
      entries.set(folder, { mode: '40000', oid: `folder ${folder}` })
    }
  }
  const reads: { how: 'list' | 'find' | 'read'; what: readonly string[] }[] = []
  const stop = (path: string) => {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const at = parts.slice(0, depth).join('/')
      const entry = entries.get(at)
      if (entry !== undefined && entry.mode !== '40000') return { ...entry, at }
    }
    return undefined
  }
  return {
    reads,
    find: async (paths) => {
      reads.push({ how: 'find', what: paths })
      const found = new Map<string, SourceEntry>()
      const stopped = new Map<string, SourceEntry & { at: string }>()
      for (const path of paths) {
        const entry = entries.get(path)
        const end = stop(path)
        if (entry !== undefined) found.set(path, entry)
        else if (end !== undefined) stopped.set(path, end)
      }
      return { found, stopped }
    },
    list: async (folders) => {
      reads.push({ how: 'list', what: folders })
      return new Map(
        folders.map((folder) => {
          const prefix = folder === '.' ? '' : `${folder}/`
          const inside = [...entries].filter(
            ([path]) => path !== '.' && path.startsWith(prefix) && !path.slice(prefix.length).includes('/'),
          )
          return [folder, new Map(inside.map(([path, entry]) => [path.slice(prefix.length), entry]))]
        }),
      )
    },
    read: async (wanted) => {
      reads.push({ how: 'read', what: wanted.map(({ below }) => below) })
      return new Map(wanted.map(({ oid }) => [oid, bodies.get(oid) ?? new Uint8Array()]))
    },
  }
}
