import type { PlannedObject } from './planned-object.ts'

/** Objects of one kind and namespace that change in the very same way; `first` stands for all of them. */
export type Alike = { readonly first: PlannedObject; readonly names: readonly string[] }

/**
 * Puts together what a reader would read again and again, such as one label on a thousand ConfigMaps. Objects that are
 * new or go have a line each as long as there are no more than `fewest` of them: their names tell them apart.
 */
export function alike(objects: readonly PlannedObject[], fewest: number): readonly Alike[] {
  const groups = Map.groupBy(objects, waysOf)
  return [...groups.values()].flatMap((group): readonly Alike[] => {
    const [first] = group
    if (first === undefined) return []
    const together = group.length > 1 && (first.fields.length > 0 || group.length > fewest)
    if (!together) return group.map(alone)
    return [{ first, names: group.map(({ ref }) => ref.name) }]
  })
}

export function alone(object: PlannedObject): Alike {
  return { first: object, names: [object.ref.name] }
}

function waysOf({ action, ref, impact, reasons, effects, fields, diff }: PlannedObject): string {
  const told = fields.length > 0 ? fields : diff.replaceAll(ref.name, '')
  return JSON.stringify([action, ref.api_version, ref.kind, ref.namespace, impact, reasons, effects, told])
}
