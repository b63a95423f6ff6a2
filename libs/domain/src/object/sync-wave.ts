import type { KubernetesObject } from './object-ref.ts'

/** Which wave an object is applied in; the first that is set counts. */
export const waveAnnotations = ['plimsoll.dev/sync-wave', 'argocd.argoproj.io/sync-wave'] as const

const wavePattern = /^-?\d{1,6}$/

/** The wave of an object, 0 unless it says otherwise. Lower ones come first, and are healthy before the next begins. */
export function waveOf({ metadata: { annotations } }: KubernetesObject): number {
  const text = saidWave(annotations)
  return text !== undefined && wavePattern.test(text) ? Number(text) : 0
}

/** What is wrong with the wave that an object asks for; undefined if nothing is. */
export function waveProblem({ metadata: { annotations } }: KubernetesObject): string | undefined {
  const text = saidWave(annotations)
  if (text === undefined || wavePattern.test(text)) return undefined
  return `its sync wave ${JSON.stringify(text)} is no whole number from -999999 to 999999`
}

function saidWave(annotations: Readonly<Record<string, string>> | undefined): string | undefined {
  for (const annotation of waveAnnotations) {
    const text = annotations?.[annotation]
    if (text !== undefined) return text
  }
  return undefined
}
