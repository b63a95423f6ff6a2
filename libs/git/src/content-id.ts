import type { TreeEntry } from './parse-tree.ts'

/** What changes exactly when the content of an entry does: its Git id, with the mode of what is neither a folder nor a file. */
export function contentId({ mode, oid }: Pick<TreeEntry, 'mode' | 'oid'>): string {
  return mode === '40000' || mode.startsWith('100') ? oid : `${mode} ${oid}`
}
