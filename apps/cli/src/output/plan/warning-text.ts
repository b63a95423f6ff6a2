const ofImpact = /^(High|Critical)-impact change detected: (.+)$/s

/** The warnings of a plan; those that only differ in the object are one, with up to `mostNames` names. */
export function warningTexts(warnings: readonly string[], mostNames: number): readonly string[] {
  const impacts = new Map<string, string[]>()
  for (const warning of warnings) {
    const [, level, object] = ofImpact.exec(warning) ?? []
    if (level !== undefined && object !== undefined) impacts.set(level, [...(impacts.get(level) ?? []), object])
  }
  const ofLevel = (level: string) => {
    const objects = impacts.get(level) ?? []
    if (objects.length === 0) return []
    const left = objects.length - mostNames
    const names = left > 0 ? `${objects.slice(0, mostNames).join(', ')} and ${left} more` : objects.join(', ')
    return [`${level}-impact change${objects.length === 1 ? '' : 's'} detected: ${names}`]
  }
  return [...['Critical', 'High'].flatMap(ofLevel), ...warnings.filter((warning) => !ofImpact.test(warning))]
}
