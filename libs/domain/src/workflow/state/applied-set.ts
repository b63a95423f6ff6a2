/** What the last successful sync left in the cluster. */
export type AppliedSet = {
  readonly revision: string
  readonly tree: string
  readonly paths: readonly string[]
  readonly manifest_set: string
}
