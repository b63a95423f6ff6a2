import type { Io } from '../io.ts'

const codes = {
  red: '31',
  green: '32',
  yellow: '33',
  magenta: '35',
  cyan: '36',
  dim: '2',
  bold: '1',
  alarm: '1;31',
} as const

export type Colour = keyof typeof codes

export type Paint = (colour: Colour, text: string) => string

/** Colours text where the output takes colours. */
export function painter({ colour }: Pick<Io, 'colour'>): Paint {
  return (name, text) => (colour && text !== '' ? `\u001b[${codes[name]}m${text}\u001b[0m` : text)
}
