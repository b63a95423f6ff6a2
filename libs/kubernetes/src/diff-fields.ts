import { canonicalJson, fieldOf, isRecord, listKey, pathText } from '@plimsoll/domain'
import type { FieldChange, Json, PathStep } from '@plimsoll/domain'

/**
 * What differs between two objects, field by field, in the order of their fields. A field, map or list item that only one
 * side has is one change with its whole value.
 */
export function diffFields(before: unknown, after: unknown): FieldChange[] {
  const changes: FieldChange[] = []
  compare(before, after, [], changes)
  return changes
}

function compare(before: unknown, after: unknown, path: readonly PathStep[], changes: FieldChange[]): void {
  if (same(before, after)) return
  if (isRecord(before) && isRecord(after)) compareMaps(before, after, path, changes)
  else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, changes)
  else
    changes.push({
      path: pathText(path),
      ...(before === undefined ? {} : { before: before as Json }),
      ...(after === undefined ? {} : { after: after as Json }),
    })
}

type Fields = Readonly<Record<string, unknown>>

function compareMaps(before: Fields, after: Fields, path: readonly PathStep[], changes: FieldChange[]): void {
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [fieldOf(before, field), fieldOf(after, field)]
    if (!same(old, now)) compare(old, now, [...path, { field }], changes)
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly PathStep[],
  changes: FieldChange[],
): void {
  const key = listKey(before, after)
  if (key === undefined) return compareByPlace(before, after, path, changes)
  const [old, now] = [byKey(before, key), byKey(after, key)]
  const index = otherKeyAt(before, after, key)
  if (index !== undefined) {
    compare(before[index], after[index], [...path, { index }], changes)
    old.delete(keyOf(before[index], key))
    now.delete(keyOf(after[index], key))
  }
  for (const value of new Set([...old.keys(), ...now.keys()]))
    compare(old.get(value), now.get(value), [...path, { key, value }], changes)
  const kept = (keys: Iterable<string>): string[] => [...keys].filter((value) => old.has(value) && now.has(value))
  const [order, newOrder] = [kept(old.keys()), kept(now.keys())]
  if (order.join('\0') !== newOrder.join('\0')) changes.push({ path: pathText(path), before: order, after: newOrder })
}

/** Items at the beginning and the end that are the same stay out of it, so that one that is put in or taken out is told alone. */
function compareByPlace(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly PathStep[],
  changes: FieldChange[],
): void {
  const [old, now] = [before.map(canonicalJson), after.map(canonicalJson)]
  let [start, oldEnd, nowEnd] = [0, old.length, now.length]
  while (start < oldEnd && start < nowEnd && old[start] === now[start]) start++
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd--
    nowEnd--
  }
  for (let index = start; index < Math.max(oldEnd, nowEnd); index++)
    compare(
      index < oldEnd ? before[index] : undefined,
      index < nowEnd ? after[index] : undefined,
      [...path, { index }],
      changes,
    )
}

/** Where the one item is that has another port, path or the like; one that has another name is another. */
function otherKeyAt(before: readonly unknown[], after: readonly unknown[], key: string): number | undefined {
  if (key === 'name' || before.length !== after.length) return undefined
  const places = [...before.keys()].filter((index) => keyOf(before[index], key) !== keyOf(after[index], key))
  return places.length === 1 ? places[0] : undefined
}

function byKey(list: readonly unknown[], key: string): Map<string, unknown> {
  return new Map(list.map((item) => [keyOf(item, key), item]))
}

function keyOf(item: unknown, key: string): string {
  return String((item as Fields)[key])
}

function same(before: unknown, after: unknown): boolean {
  if (before === after) return true
  return isNumber(before) && isNumber(after) && String(before) === String(after)
}

// A bigint is only how an integer arrived, not another value.
function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}
