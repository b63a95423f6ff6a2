import type { Io } from '../io.ts'

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const

export type Colour = keyof typeof codes

/** Colours text where the output takes colours. */
export function painter({ colour }: Pick<Io, 'colour'>): (colour: Colour, text: string) => string {
  return (name, text) => (colour && text !== '' ? `\u001b[${codes[name]}m${text}\u001b[0m` : text)
}
