import type { Alike } from '../plan/alike.ts'
import { count } from '../plan/object-text.ts'
import { objectBlock } from './object-block.ts'
import { listCost, objectList } from './object-list.ts'

/** Of a comment that is too short for all, the names may take this part. */
const partOfNames = 3 / 4
/** No difference takes more than this part of the comment, unless there are fewer objects. */
const mostBlocks = 8

/**
 * What changes, the most dangerous first, in no more than `room` characters: a block for each object as long as they fit,
 * and the names and impacts of the others.
 */
export function changesSection(groups: readonly Alike[], room: number, limit: number): string {
  if (groups.length === 0) return ''
  const title = '#### Changes\n\n'
  const note = `Without their differences, to stay below ${count(limit)} characters (\`plimsoll diff\` shows them):\n\n`
  const space = room - title.length - note.length - 200
  const each = space / Math.min(groups.length, mostBlocks)
  let names = groups.reduce((sum, group) => sum + listCost(group), 0)
  let used = 0
  const blocks: string[] = []
  const rest: Alike[] = []
  for (const group of groups) {
    const cost = listCost(group)
    const block = objectBlock(group, each)
    if (used + block.length + Math.min(names - cost, space * partOfNames) <= space) {
      blocks.push(block)
      used += block.length
      names -= cost
    } else rest.push(group)
  }
  const list = rest.length === 0 ? '' : `${note}${objectList(rest, space - used)}`
  return `${title}${blocks.join('')}${list}`
}
