import type { Alike } from '../plan/alike.ts'
import { fairShare } from '../plan/fair-share.ts'
import { count } from '../plan/object-text.ts'
import { objectBlock } from './object-block.ts'
import { listCost, objectList } from './object-list.ts'

/** Of a comment that is too short for all, the names may take this part. */
const partOfNames = 3 / 4
/** A difference that is cut shorter tells nothing. */
const shortestBlock = 800

/**
 * What changes, the most dangerous first, in no more than `room` characters: a block for each object as long as they fit,
 * and the names and impacts of the others. Objects of one impact share the room that more dangerous ones leave.
 */
export function changesSection(groups: readonly Alike[], room: number, limit: number): string {
  if (groups.length === 0) return ''
  const title = '#### Changes\n\n'
  const note = `Without their differences, to stay below ${count(limit)} characters (\`plimsoll diff\` shows them):\n\n`
  const space = room - title.length - note.length - 200
  let names = groups.reduce((sum, group) => sum + listCost(group), 0)
  let used = 0
  const blocks: string[] = []
  const rest: Alike[] = []
  for (const same of Map.groupBy(groups, ({ first }) => first.impact).values()) {
    const lower = names - same.reduce((sum, group) => sum + listCost(group), 0)
    const sizes = same.map((group) => objectBlock(group, Number.POSITIVE_INFINITY).length)
    const most = Math.max(fairShare(sizes, space - used - Math.min(lower, space * partOfNames)), shortestBlock)
    for (const group of same) {
      const block = objectBlock(group, most)
      if (used + block.length + Math.min(names - listCost(group), space * partOfNames) > space) rest.push(group)
      else {
        blocks.push(block)
        used += block.length
        names -= listCost(group)
      }
    }
  }
  const list = rest.length === 0 ? '' : `${note}${objectList(rest, space - used)}`
  return `${title}${blocks.join('')}${list}`
}
