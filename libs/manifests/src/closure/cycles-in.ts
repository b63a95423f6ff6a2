import type { ManifestError } from '../manifest-error.ts'

export type Edge = { readonly from: string; readonly to: string; readonly file: string; readonly line: number }

/** Every reference that leads back to where it came from. */
export function cyclesIn(edges: readonly Edge[]): readonly ManifestError[] {
  const byOrigin = Map.groupBy(edges, ({ from }) => from)
  const done = new Set<string>()
  const errors: ManifestError[] = []
  for (const start of byOrigin.keys()) {
    if (done.has(start)) continue
    const way: { readonly at: string; readonly left: Iterator<Edge> }[] = []
    const enter = (at: string) => way.push({ at, left: (byOrigin.get(at) ?? []).values() })
    enter(start)
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const { value: edge, done: isOver } = top.left.next()
      if (isOver === true) {
        done.add(top.at)
        way.pop()
        continue
      }
      const back = way.findIndex(({ at }) => at === edge.to)
      if (back >= 0) errors.push(cycle(edge, [...way.slice(back).map(({ at }) => at), edge.to]))
      else if (!done.has(edge.to)) enter(edge.to)
    }
  }
  return errors
}

function cycle({ file, line }: Edge, way: readonly string[]): ManifestError {
  const names = way.map((name) => name.slice(name.indexOf(' ') + 1))
  return { file, line, message: `it refers to itself: ${names.join(' -> ')}`, try: 'take one of these references out' }
}
