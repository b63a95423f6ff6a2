/** The mirror on disk lacks an object or holds a broken one. Deleting its folder and fetching again cures it. */
export class DamagedMirrorError extends Error {
  override readonly name = 'DamagedMirrorError'
}
