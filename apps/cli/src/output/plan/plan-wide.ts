import type { PlannedObject } from './planned-object.ts'

/** Rules whose reason is the plan as a whole: it is the same for each object, and is said once. */
const planWide: ReadonlySet<string> = new Set(['delete-most'])

/** The objects without what is said of the plan as a whole, and that. */
export function planWideReasons(objects: readonly PlannedObject[]): {
  readonly objects: readonly PlannedObject[]
  /** `critical: the plan deletes 3 of 5 objects that the workflow owns` */
  readonly texts: readonly string[]
} {
  const texts = new Set<string>()
  const others = objects.map((object) => {
    const [whole, own] = [object.reasons.filter(isWhole), object.reasons.filter((reason) => !isWhole(reason))]
    for (const { impact, text } of whole) texts.add(`${impact}: ${text}`)
    return whole.length === 0 ? object : { ...object, reasons: own }
  })
  return { objects: others, texts: [...texts] }
}

function isWhole({ rule }: PlannedObject['reasons'][number]): boolean {
  return planWide.has(rule)
}
