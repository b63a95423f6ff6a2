import { poke as pokeSubject } from '@plimsoll/jetstream'
import type { Dependencies } from '../dependencies.ts'

/** Wakes the sequencer after an append. It looks by itself soon, too. */
export function poke({ js }: Pick<Dependencies, 'js'>): void {
  pokeSubject(js, 'log')
}
