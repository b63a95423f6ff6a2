/** How bad a change may be, from the least on. */
export const impacts = ['low', 'medium', 'high', 'critical'] as const
export type Impact = (typeof impacts)[number]

export function higherImpact(a: Impact, b: Impact): Impact {
  return impacts.indexOf(a) >= impacts.indexOf(b) ? a : b
}
