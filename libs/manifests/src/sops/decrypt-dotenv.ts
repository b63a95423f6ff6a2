import type { OpenedValue } from './encrypted-value.ts'
import { SopsError } from './sops-error.ts'
import type { Texts } from './sops-metadata.ts'
import type { Leaf } from './sops-tree.ts'

type Line = { readonly name: string; readonly leaf: Leaf } | string

export type Dotenv = { readonly metadata: Texts; readonly lines: readonly Line[]; readonly leaves: readonly Leaf[] }

const prefix = 'sops_'

/** Reads a file of `NAME=value` lines that SOPS encrypted. Throws SopsError. */
export function readDotenv(text: string): Dotenv {
  const flat: [string, string][] = []
  const lines: Line[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const equals = line.indexOf('=')
    if (line === '' || line.startsWith('#')) {
      // An encrypted comment tells nothing any more.
      if (!line.startsWith('#ENC[')) lines.push(line)
      continue
    }
    if (equals < 0) throw new SopsError('the line is no NAME=value', 'restore the file as sops wrote it', i + 1)
    const [name, value] = [line.slice(0, equals), line.slice(equals + 1).replaceAll('\\n', '\n')]
    if (name.startsWith(prefix)) flat.push([name.slice(prefix.length), value])
    else lines.push({ name, leaf: leafOf(name, value, i + 1) })
  }
  const leaves = lines.flatMap((line) => (typeof line === 'string' ? [] : [line.leaf]))
  return { metadata: unflatten(flat), lines, leaves }
}

/** The lines with opened values, as sops prints them. */
export function writeDotenv({ lines, leaves }: Dotenv, opened: readonly (OpenedValue | undefined)[]): Buffer {
  const byLeaf = new Map(leaves.map((leaf, i) => [leaf, opened[i]]))
  const parts = lines.map((line) => {
    if (typeof line === 'string') return Buffer.from(line)
    const value = byLeaf.get(line.leaf)?.bytes ?? Buffer.from(line.leaf.text ?? '')
    return Buffer.concat([Buffer.from(`${line.name}=`), escapeNewlines(value)])
  })
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('\n'), part])))
}

function leafOf(name: string, text: string, line: number): Leaf {
  return { path: [name], pointer: `/${name}`, line, text, macBytes: () => Buffer.from(text) }
}

function escapeNewlines(value: Buffer): Buffer {
  return Buffer.from(value.toString('latin1').replaceAll('\n', '\\n'), 'latin1')
}

/** `age__list_0__map_enc` is the `enc` of the first item of `age`. Lists of lists do not occur. */
function unflatten(flat: readonly (readonly [string, string])[]): Texts {
  const root: { [name: string]: Texts } = Object.create(null)
  const lists = new Map<string, Map<number, [string, string][]>>()
  for (const [name, value] of flat) {
    const [, list, index, rest] = /^(.+?)__list_(\d+)__map_(.+)$/.exec(name) ?? []
    if (list === undefined || index === undefined || rest === undefined) {
      root[name] = value
      continue
    }
    const items = lists.get(list) ?? new Map<number, [string, string][]>()
    lists.set(list, items)
    items.set(Number(index), [...(items.get(Number(index)) ?? []), [rest, value]])
  }
  for (const [name, items] of lists)
    root[name] = [...items].toSorted(([a], [b]) => a - b).map(([, item]) => unflatten(item))
  return root
}
