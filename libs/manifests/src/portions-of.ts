import type { RenderInput } from './renderer.ts'
import type { TreeFile } from './select-files.ts'

const filesAtMost = 500
const bytesAtMost = 8 * 1024 * 1024

/** Files by as many as are read at a time: bodies of others wait where they are. A file larger than a portion is one of its own. */
export async function portionsOf(
  files: readonly TreeFile[],
  { sizes }: Pick<RenderInput, 'sizes'>,
): Promise<{ readonly portions: readonly (readonly TreeFile[])[]; readonly bytes: number }> {
  const known = (await sizes?.([...new Set(files.map(({ blob }) => blob))])) ?? new Map<string, number>()
  const portions: (readonly TreeFile[])[] = []
  let portion: TreeFile[] = []
  let held = 0
  let bytes = 0
  for (const file of files) {
    const size = known.get(file.blob) ?? 0
    if (portion.length === filesAtMost || (held + size > bytesAtMost && portion.length > 0)) {
      portions.push(portion)
      portion = []
      held = 0
    }
    portion.push(file)
    held += size
    bytes += size
  }
  if (portion.length > 0) portions.push(portion)
  return { portions, bytes }
}
