/** How much each of these may take so that all of them fit into `space`; what needs less leaves the rest to the others. */
export function fairShare(sizes: readonly number[], space: number): number {
  let left = space
  for (const [nth, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = left / (sizes.length - nth)
    if (size > share) return Math.max(Math.floor(share), 0)
    left -= size
  }
  return Number.POSITIVE_INFINITY
}
