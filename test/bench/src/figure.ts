/** One measured figure, as a ratio to a limit taken in the same run. */
export type Figure = {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the same machine does at best, in the same unit; null where the aim is absolute. */
  readonly limit: number | null
  readonly ratio: number | null
  /** What to reach, in words of the ratio or of the value: `>= 0.5`, `< 1000`. */
  readonly aim: string
  readonly met: boolean
  /** How many objects, events or rounds. */
  readonly n: number
  /** Where the clock starts and ends. */
  readonly clock: string
  /** Where the time goes, in the same unit. */
  readonly parts?: Readonly<Record<string, number>>
}

type Measured = Omit<Figure, 'ratio' | 'met' | 'aim' | 'limit'>

/** A figure that is to reach at least `aim` of its limit. */
export function ratioFigure(
  measured: Measured & { readonly limit: number; readonly ratio: number; readonly aim: number },
): Figure {
  return {
    ...rounded(measured),
    limit: round(measured.limit),
    ratio: round(measured.ratio),
    aim: `>= ${measured.aim}`,
    met: measured.ratio >= measured.aim,
  }
}

/** A figure that is to stay below, or reach, a value of its own. */
export function absoluteFigure(
  measured: (Measured & { readonly below: number }) | (Measured & { readonly atLeast: number }),
): Figure {
  if ('below' in measured) {
    const { below, ...rest } = measured
    return { ...rounded(rest), limit: null, ratio: null, aim: `< ${below}`, met: rest.value < below }
  }
  const { atLeast, ...rest } = measured
  return { ...rounded(rest), limit: null, ratio: null, aim: `>= ${atLeast}`, met: rest.value >= atLeast }
}

function rounded(measured: Measured): Measured {
  const { parts } = measured
  return {
    ...measured,
    value: round(measured.value),
    ...(parts !== undefined && {
      parts: Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, round(value)])),
    }),
  }
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** The value below which that share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** One line for a person. */
export function describeFigure({ name, value, unit, limit, ratio, aim, met, n, parts }: Figure): string {
  const against = limit === null ? '' : `, limit ${limit} ${unit}, ratio ${ratio}`
  const within =
    parts === undefined
      ? ''
      : ` (${Object.entries(parts)
          .map(([part, time]) => `${part} ${time}`)
          .join(', ')})`
  return `${met ? 'met   ' : 'MISSED'} ${name}: ${value} ${unit}${against}, aim ${aim}, n ${n}${within}`
}
