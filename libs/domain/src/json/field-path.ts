/** One step of a field path: a field's name, or what picks an item of a list. */
export type PathStep =
  { readonly field: string } | { readonly index: number } | { readonly key: string; readonly value: string }

const plainName = /^[A-Za-z_$][\w$/-]*$/

/** `spec.containers[name=web].image`; a name that holds a dot is quoted: `data["app.conf"]`. */
export function pathText(steps: readonly PathStep[]): string {
  return steps.map(stepText).join('').replace(/^\./, '')
}

function stepText(step: PathStep): string {
  if ('index' in step) return `[${step.index}]`
  if ('key' in step) return `[${step.key}=${plainValue.test(step.value) ? step.value : JSON.stringify(step.value)}]`
  return plainName.test(step.field) ? `.${step.field}` : `[${JSON.stringify(step.field)}]`
}

const plainValue = /^[^\]"\\]+$/
const stepPattern =
  /\.?([A-Za-z_$][\w$/-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\]"\\]+))\]/gy

/** Reads what `pathText` wrote; undefined if the text is no such path. */
export function parsePath(path: string): PathStep[] | undefined {
  const text = path.startsWith('.') ? path.slice(1) : path
  const steps: PathStep[] = []
  stepPattern.lastIndex = 0
  for (let at = 0; at < text.length; at = stepPattern.lastIndex) {
    const match = stepPattern.exec(text)
    if (!match) return undefined
    steps.push(stepOf(match))
  }
  return steps
}

function stepOf([, name, index, quotedName, key, quotedValue, plain]: RegExpExecArray): PathStep {
  if (name !== undefined) return { field: name }
  if (index !== undefined) return { index: Number(index) }
  if (quotedName !== undefined) return { field: JSON.parse(`"${quotedName}"`) as string }
  const value = quotedValue === undefined ? (plain ?? '') : (JSON.parse(`"${quotedValue}"`) as string)
  return { key: key ?? '', value }
}
