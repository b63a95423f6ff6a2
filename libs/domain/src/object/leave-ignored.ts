import { pathText } from '../json/field-path.ts'
import type { PathStep } from '../json/field-path.ts'
import { fieldOf, isRecord } from '../json/json.ts'
import { picksItem } from '../json/json-pointer.ts'
import { below, isEnd, withLive } from './leading-pointers.ts'
import type { Pointers } from './leading-pointers.ts'
import { listKey } from './list-key.ts'
import { fieldManager, markAnnotation, markLabel } from './mark.ts'

/** One owner of a field, as `metadata.managedFields` has it. */
export type Ownership = {
  readonly manager: string
  /** `Apply` or `Update`. */
  readonly operation: string
  readonly subresource?: string
}

/** A field that an apply leaves as it is. */
export type IgnoredField = {
  /** As `diffFields` names paths. */
  readonly path: string
  /** A pointer of a rule, a manager of a rule, or that it was last written through the scale subresource. */
  readonly because: 'pointer' | 'manager' | 'scale'
  /** Who else owns it; null where nobody does. */
  readonly manager: string | null
}

type Fields = Readonly<Record<string, unknown>>
type Path = readonly PathStep[]

type Walk = {
  readonly managers: ReadonlySet<string>
  readonly ownersOf: (path: string) => readonly Ownership[]
  readonly ignored: IgnoredField[]
}

/** What is to be sent of `desired` so that no ignored field changes, and which fields those are. */
export function leaveIgnored({
  desired,
  live,
  pointers,
  ...rules
}: {
  readonly desired: unknown
  readonly live: unknown
  readonly pointers: Pointers
  readonly managers: ReadonlySet<string>
  readonly ownersOf: (path: string) => readonly Ownership[]
}): { readonly sent: unknown; readonly ignored: readonly IgnoredField[] } {
  const walk: Walk = { ...rules, ignored: [] }
  return { sent: send(walk, desired, live, [], pointers), ignored: walk.ignored }
}

/** The value to send, undefined for none. Where no pointer leads, only what Git has is looked at. */
function send(walk: Walk, desired: unknown, live: unknown, path: Path, pointers: Pointers): unknown {
  if (desired === undefined && pointers.length === 0) return undefined
  if (isMap(desired) && isMap(live) && !(isBare(desired) && isBare(live)))
    return sendMap(walk, desired, live, path, pointers)
  if ((desired === undefined || Array.isArray(desired)) && Array.isArray(live)) {
    const [wanted, found] = [(desired ?? []) as readonly Fields[], live as readonly Fields[]]
    const key = listKey(wanted, found)
    if (key !== undefined && wanted.length + found.length > 0)
      return sendItems(walk, wanted, found, path, pointers, key)
    const inside = pointers.filter((pointer) => pointer.length > 0)
    if (inside.length === pointers.length && inside.length > 0) return sendPlaces(walk, wanted, found, path, inside)
  }
  return sendLeaf(walk, desired, live, path, pointers.some(isEnd))
}

function isMap(value: unknown): value is Fields | undefined {
  return value === undefined || isRecord(value)
}

/** A map without fields is a value of its own, as in `emptyDir: {}`. */
function isBare(map: Fields | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0
}

function sendMap(walk: Walk, declared: Fields | undefined, live: Fields = {}, path: Path, pointers: Pointers): unknown {
  const desired = declared ?? {}
  const names = pointers.length === 0 ? Object.keys(desired) : [...Object.keys(desired), ...Object.keys(live)]
  const fields = [...new Set(names)].map((name) => {
    if (isOurs(path, name)) return [name, fieldOf(desired, name)] as const
    const rules = below(pointers, (step) => step === name)
    return [name, send(walk, fieldOf(desired, name), fieldOf(live, name), [...path, { field: name }], rules)] as const
  })
  // A name may be one that an assignment takes for something else, such as __proto__.
  const sent = Object.fromEntries(fields.filter(([, value]) => value !== undefined))
  return Object.keys(sent).length > 0 || (declared !== undefined && isBare(declared)) ? sent : undefined
}

function sendItems(
  walk: Walk,
  desired: readonly Fields[],
  live: readonly Fields[],
  path: Path,
  pointers: Pointers,
  key: string,
): unknown {
  const [wanted, found] = [byKey(desired, key), byKey(live, key)]
  const keys = pointers.length === 0 ? wanted.keys() : [...wanted.keys(), ...found.keys()]
  const sent = [...new Set(keys)].flatMap((value) => {
    const [declared, living] = [wanted.get(value), found.get(value)]
    // A new item is as Git has it: half of one would be no item.
    if (living === undefined) return declared === undefined ? [] : [declared.item]
    const { [key]: named, ...liveFields } = living.item
    const { [key]: _key, ...fields } = declared?.item ?? {}
    // A place counts as Git has it; what Git does not have comes after that.
    const place = declared?.index ?? Math.max(living.index, wanted.size)
    const rules = below(pointers, (step) => picksItem(step, place))
    const rest = send(walk, declared && fields, liveFields, [...path, { key, value }], rules)
    // Without a field of ours the item is another's: naming it alone would make us an owner of it. If Git has it, and only
    // fields of it are ignored, it stays named, or the item itself would be given away.
    return rest === undefined && (declared === undefined || rules.some(isEnd))
      ? []
      : [{ [key]: declared?.item[key] ?? named, ...(rest as Fields | undefined) }]
  })
  return sent.length > 0 || pointers.length === 0 ? sent : undefined
}

/** Of a list without keys, pointers name single places; the list has one owner, so the rest goes as Git has it. */
function sendPlaces(
  walk: Walk,
  desired: readonly unknown[],
  live: readonly unknown[],
  path: Path,
  pointers: Pointers,
): unknown {
  if (desired.length === 0) return undefined
  const others = walk.ownersOf(pathText(path)).filter((owner) => !isOurApply(owner))
  return desired.map((item, index) => {
    const rules = below(pointers, (step) => picksItem(step, index))
    if (rules.length === 0 || index >= live.length) return item
    walk.ignored.push({
      path: pathText([...path, { index }]),
      because: 'pointer',
      manager: others[0]?.manager ?? null,
    })
    return withLive(item, live[index], rules)
  })
}

function sendLeaf(
  { managers, ownersOf, ignored }: Walk,
  desired: unknown,
  live: unknown,
  path: Path,
  isPointedAt: boolean,
): unknown {
  if (desired === undefined && !isPointedAt) return undefined
  const text = pathText(path)
  const owners = ownersOf(text)
  const others = owners.filter((owner) => !isOurApply(owner))
  const because = isPointedAt ? 'pointer' : reasonOf(others, managers)
  if (because === undefined) return desired
  const isOwned = owners.length > others.length
  // Of what Git no longer has, an apply takes away only what is ours.
  if (desired === undefined && !isOwned) return undefined
  ignored.push({ path: text, because, manager: others[0]?.manager ?? null })
  // A list may have one owner as a whole, or one for each of its items: with the live value nothing of either changes.
  const isInList = Array.isArray(live) || path.some((step) => !('field' in step))
  return isOwned && (others.length === 0 || isInList) ? live : undefined
}

function reasonOf(
  others: readonly Ownership[],
  managers: ReadonlySet<string>,
): Exclude<IgnoredField['because'], 'pointer'> | undefined {
  if (others.some(({ manager }) => managers.has(manager))) return 'manager'
  return others.some(({ subresource }) => subresource === 'scale') ? 'scale' : undefined
}

function isOurApply({ manager, operation, subresource }: Ownership): boolean {
  return manager === fieldManager && operation === 'Apply' && subresource === undefined
}

/** What makes it this object, and ours, is no matter of a rule. */
function isOurs(path: Path, name: string): boolean {
  switch (pathText(path)) {
    case '':
      return name === 'apiVersion' || name === 'kind'
    case 'metadata':
      return name === 'name' || name === 'namespace'
    case 'metadata.labels':
      return name === markLabel
    case 'metadata.annotations':
      return name === markAnnotation
    default:
      return false
  }
}

function byKey(list: readonly Fields[], key: string): Map<string, { readonly item: Fields; readonly index: number }> {
  return new Map(list.map((item, index) => [String(item[key]), { item, index }]))
}
