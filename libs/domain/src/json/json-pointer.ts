/** The steps of a JSON pointer (RFC 6901): `/metadata/annotations/a~1b` names the annotation `a/b`. */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Whether a step of a pointer picks the item at this index of a list: by the index, or with `*`, which picks every item. */
export function picksItem(step: string, index: number): boolean {
  return step === '*' || step === String(index)
}
