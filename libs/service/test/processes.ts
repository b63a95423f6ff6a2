import { readdirSync, readFileSync } from 'node:fs'

/** The processes of this machine with a word in their command line, whatever namespace they are in. */
export function processesWith(word: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
