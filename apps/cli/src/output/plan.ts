import { toJson } from '@bufbuild/protobuf'
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt'
import type { Change, Conflict, FieldChange, ObjectRef, Plan } from '@plimsoll/proto'
import type { Io } from '../io.ts'
import { cleanLine } from './clean.ts'
import { painter, type Colour } from './colours.ts'

const signs: Readonly<Record<string, readonly [string, Colour]>> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
}

const longestValue = 120

/** A plan for people: one line per object, its fields below it, and the sum at the end. */
export function planText(plan: Plan | undefined, io: Pick<Io, 'colour'>): string {
  if (plan === undefined) return 'Nothing to do: the cluster is as Git declares it.\n'
  const paint = painter(io)
  const parts = [
    ...plan.changes.map((change) => changeText(change, paint)),
    ...plan.conflicts.map((conflict) => conflictText(conflict, paint)),
    ...plan.warnings.map((warning) => `${paint('yellow', '!')} ${cleanLine(warning)}\n`),
  ]
  return `${parts.join('')}${parts.length > 0 ? '\n' : ''}${summaryText(plan)}\n`
}

type Paint = ReturnType<typeof painter>

function changeText({ type, ref, resource, fields }: Change, paint: Paint): string {
  const [sign, colour] = signs[type] ?? ['?', 'bold']
  const shown = type === 'update' ? fields.map((field) => fieldText(field, paint)).join('') : ''
  return `${paint(colour, `${sign} ${nameOf(ref, resource)}`)}\n${shown}`
}

function fieldText({ path, before, after, managers }: FieldChange, paint: Paint): string {
  const owners = managers.length > 0 ? paint('dim', `  (owned by ${managers.map(cleanLine).join(', ')})`) : ''
  if (before === undefined) return `    ${paint('green', `+ ${cleanLine(path)}: ${valueText(after)}`)}${owners}\n`
  if (after === undefined) return `    ${paint('red', `- ${cleanLine(path)}: ${valueText(before)}`)}${owners}\n`
  return `    ~ ${cleanLine(path)}: ${paint('red', valueText(before))} → ${paint('green', valueText(after))}${owners}\n`
}

function conflictText({ type, ref, resource, description, suggestions }: Conflict, paint: Paint): string {
  const lines = suggestions.map((suggestion) => `    try: ${cleanLine(suggestion)}\n`).join('')
  return `${paint('red', `✗ ${nameOf(ref, resource)}`)} ${type}: ${cleanLine(description)}\n${lines}`
}

function nameOf(ref: ObjectRef | undefined, resource: string): string {
  if (ref === undefined) return cleanLine(resource)
  return cleanLine(`${ref.kind} ${ref.namespace === '' ? '' : `${ref.namespace}/`}${ref.name}`)
}

function valueText(value: Value | undefined): string {
  const json = value === undefined ? null : toJson(ValueSchema, value)
  const text = cleanLine(typeof json === 'string' ? json : JSON.stringify(json))
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}

function summaryText({ summary, revision }: Plan): string {
  const {
    createdResources = 0,
    updatedResources = 0,
    deletedResources = 0,
    conflictCount = 0,
    warningCount = 0,
  } = summary ?? {}
  const more = [
    ...(conflictCount > 0 ? [`${conflictCount} conflict${conflictCount === 1 ? '' : 's'}`] : []),
    ...(warningCount > 0 ? [`${warningCount} warning${warningCount === 1 ? '' : 's'}`] : []),
  ]
  const counts = [
    `${createdResources} to create`,
    `${updatedResources} to update`,
    `${deletedResources} to delete`,
    ...more,
  ]
  return `Plan for ${cleanLine(revision).slice(0, 10)}: ${counts.join(', ')}.`
}
