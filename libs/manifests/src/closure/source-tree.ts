/** What lies at a path of a repository. */
export type SourceEntry = {
  /** Git's mode: 40000 folder, 100644 and 100755 file, 120000 symbolic link, 160000 submodule. */
  readonly mode: string
  readonly oid: string
}

/** One commit of a repository. Each method reads as much at once as it can. */
export type SourceTree = {
  /**
   * What lies at paths, by path. A way that ends early, at something that is no folder, is answered with that under its own
   * path (`stopped`); what is missing is in neither.
   */
  find(paths: readonly string[]): Promise<{
    readonly found: ReadonlyMap<string, SourceEntry>
    readonly stopped: ReadonlyMap<string, SourceEntry & { readonly at: string }>
  }>
  /** What lies directly in folders, by name. */
  list(folders: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, SourceEntry>>>
  /** Bodies by Git id of files that lie at or below a path; of one that is too large to be kept there is none. */
  read(files: readonly { readonly oid: string; readonly below: string }[]): Promise<ReadonlyMap<string, Uint8Array>>
}

export const isFolder = ({ mode }: SourceEntry): boolean => mode === '40000'
export const isFile = ({ mode }: SourceEntry): boolean => mode.startsWith('100')
export const isLink = ({ mode }: SourceEntry): boolean => mode === '120000'
