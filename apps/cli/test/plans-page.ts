import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

const docs = join(import.meta.dirname, '..', '..', '..', 'docs')
const page = join(docs, 'plans.md')

/** The files of one commit of an example, by their path. */
export async function exampleFiles(...folders: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const root = join(docs, 'examples', 'plans', ...folders)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [relative(root, path), await readFile(path, 'utf8')] as const)),
  )
}

/** What the page shows under this name. */
export async function shownOutput(name: string): Promise<string> {
  const [, , , output] = blockOf(name).exec(await readFile(page, 'utf8')) ?? []
  if (output === undefined) throw new Error(`docs/plans.md has no output named ${name}`)
  return output
}

export async function showOutput(name: string, output: string): Promise<void> {
  const text = await readFile(page, 'utf8')
  // What is a block of code in Markdown itself needs a longer fence.
  const fence = output.includes('```') ? '````' : '```'
  await writeFile(
    page,
    text.replace(blockOf(name), (_all, head: string) => `${head}${fence}text\n${output}${fence}\n`),
  )
}

/** `<!-- output: NAME -->` and the block of code below it: the comment, the fence, and what is within. */
function blockOf(name: string): RegExp {
  return new RegExp(`(<!-- output: ${name} -->\\n\\n)(\`{3,})text\\n([^]*?)\\2\\n`)
}

export type Run = {
  readonly name: string
  readonly folder: string
  readonly namespace: string
  readonly revision: string
}

/** A plan, as JSON, with what is another at each run in the place of what it stands for. */
export function steady(plan: string, { name, folder, namespace, revision }: Run): string {
  const tokens = new Map<string, string>()
  return plan
    .replaceAll(`"${name}"`, `"${folder}"`)
    .replaceAll(namespace, 'shop')
    .replaceAll(revision, 'c0ffee'.repeat(7).slice(0, 40))
    .replaceAll(/"plan:[0-9a-f]+"/g, '"plan:4f1e5a0c9b2d"')
    .replaceAll(/(?<="generated_at": )"[^"]+"/g, '"2026-11-23T09:32:07Z"')
    .replaceAll(/(?<="time": )"[^"]+"/g, '"2026-11-23T09:30:00Z"')
    .replaceAll(/(?<=\(masked )[0-9a-f]+/g, (token) => {
      const known = tokens.get(token) ?? (0x1f3a5c7e + tokens.size * 0x2b4d6f81).toString(16).slice(-token.length)
      tokens.set(token, known)
      return known
    })
}
