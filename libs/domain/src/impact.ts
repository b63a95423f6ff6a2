/** How bad a change may be, from the least on. */
export const impacts = ['low', 'medium', 'high', 'critical'] as const
export type Impact = (typeof impacts)[number]

/** Why a change has its impact; `rule` is the name by which a workflow raises or lowers it. */
export type ImpactReason = { readonly rule: string; readonly impact: Impact; readonly text: string }

export function higherImpact(a: Impact, b: Impact): Impact {
  return impacts.indexOf(a) >= impacts.indexOf(b) ? a : b
}
