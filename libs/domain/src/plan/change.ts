import { stringifyJson } from '../json/lossless-json.ts'
import { isShown, maskObject } from './mask.ts'
import type { ValueToken } from './mask.ts'
import { refOf, shortName } from '../object/object-ref.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { Change, FieldChange } from './plan.ts'
import { unifiedDiff } from './unified-diff.ts'

/** A change of which nobody has said yet how bad it is. */
export type ChangeDraft = Omit<Change, 'effects' | 'impact' | 'reasons'>

type Differ = (before: KubernetesObject, after: KubernetesObject) => readonly FieldChange[]

export function createChange(desired: KubernetesObject, token: ValueToken): ChangeDraft {
  const ref = refOf(desired)
  const shown = shownState(desired, token)
  const replicas = (shown['spec'] as { replicas?: unknown } | undefined)?.replicas
  const size = typeof replicas === 'number' ? ` with ${replicas} replica${replicas === 1 ? '' : 's'}` : ''
  return {
    type: 'create',
    resource: shortName(ref),
    ref,
    desired_state: shown,
    diff: `+ Creating ${shortName(ref)}${size}`,
    fields: [],
  }
}

/** The change from `live` to what the API server says an apply would make of it; undefined if nobody would see one. */
export function updateChange(
  live: KubernetesObject,
  after: KubernetesObject,
  token: ValueToken,
  diff: Differ,
): ChangeDraft | undefined {
  const [current, desired] = [shownState(live, token), shownState(after, token)]
  const fields = diff(current, desired).filter(isShown)
  if (fields.length === 0) return undefined
  const ref = refOf(live)
  return {
    type: 'update',
    resource: shortName(ref),
    ref,
    current_state: current,
    desired_state: desired,
    diff: `~ Updating ${shortName(ref)}:\n${fieldLines(fields).join('\n')}`,
    fields,
  }
}

export function deleteChange(live: KubernetesObject, token: ValueToken): ChangeDraft {
  const ref = refOf(live)
  const shown = shownState(live, token)
  return {
    type: 'delete',
    resource: shortName(ref),
    ref,
    current_state: shown,
    diff: `- Deleting ${shortName(ref)}`,
    fields: [],
  }
}

/** From the current state to the desired one, as YAML. It is made for who reads it: a plan of many changes is read by few. */
export function unifiedDiffOf(change: Pick<Change, 'unified_diff' | 'current_state' | 'desired_state'>): string {
  return change.unified_diff ?? unifiedDiff(change.current_state, change.desired_state)
}

/** An object as a plan shows it. */
export function shownState(object: KubernetesObject, token: ValueToken): KubernetesObject {
  return withoutBookkeeping(maskObject(object, token))
}

// Short is short: the fields and the unified diff tell the rest.
const mostFields = 20
const longestValue = 120

function fieldLines(fields: readonly FieldChange[]): readonly string[] {
  const more = fields.length - mostFields
  const lines = fields.slice(0, mostFields).map(fieldLine)
  return more > 0 ? [...lines, `  … and ${more} more field${more === 1 ? '' : 's'}`] : lines
}

function fieldLine({ path, before, after }: FieldChange): string {
  const name = lastName(path)
  if (before === undefined) return `  ${name}: + ${text(after)}`
  if (after === undefined) return `  ${name}: - ${text(before)}`
  return `  ${name}: ${text(before)} -> ${text(after)}`
}

// A plain or a quoted name, and what picks an item of its list: `port`, `["app.conf"]`, `ports[name=http]`, `args[2]`.
const lastStep = /(?:\[("(?:[^"\\]|\\.)*")\]|([^.[\]"]+))((?:\[(?:\d+|\w+=(?:"(?:[^"\\]|\\.)*"|[^\]"\\]+))\])*)$/

function lastName(path: string): string {
  const [, quoted, plain, picks] = lastStep.exec(path) ?? [undefined, undefined, path, '']
  return `${quoted === undefined ? plain : String(JSON.parse(quoted))}${picks}`
}

/** On one line, whatever it holds. */
function text(value: unknown): string {
  const whole = typeof value === 'string' && !/[\n\r]/.test(value) ? value : stringifyJson(value ?? null)
  return whole.length > longestValue ? `${whole.slice(0, longestValue)}…` : whole
}

function withoutBookkeeping(object: KubernetesObject): KubernetesObject {
  const { managedFields: _dropped, ...metadata } = object.metadata
  return { ...object, metadata }
}
