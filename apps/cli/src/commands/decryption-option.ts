import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, usage } from '../cli-error.ts'
import type { Io } from '../io.ts'
import type { WorkflowOptions } from './workflow-options.ts'

/** Keys come by file or standard input: what stands on a command line can be read by every local user. */
export async function decryptionOf(
  io: Io,
  { ageKeyFile, ageKey, file }: WorkflowOptions,
): Promise<{ readonly decryption?: { readonly ageKey: string } }> {
  if (ageKeyFile === undefined) return ageKey === false ? { decryption: { ageKey: '' } } : {}
  if (ageKey === false) throw usage('--age-key-file', 'give one of --age-key-file and --no-age-key')
  if (ageKeyFile !== '-') return { decryption: { ageKey: await keyText(io, ageKeyFile) } }
  if (file === '-') throw usage('--age-key-file', 'standard input holds the settings; name a file for the keys')
  return { decryption: { ageKey: notEmpty(await io.readStdin(), 'standard input') } }
}

async function keyText({ cwd }: Io, file: string): Promise<string> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CliError({ what: 'The age keys cannot be read', where: file, because, try: 'Name another file.' }, 2)
  })
  return notEmpty(text, file)
}

/** An empty file must not forget the keys that are stored. */
function notEmpty(text: string, where: string): string {
  if (text.trim() !== '') return text
  throw new CliError(
    {
      what: 'The age keys cannot be read',
      where,
      because: 'it is empty',
      try: 'Name a file that age-keygen wrote; --no-age-key forgets the stored keys.',
    },
    2,
  )
}
