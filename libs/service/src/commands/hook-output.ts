import type { Vault } from '../vault.ts'

/** Keeps what a hook wrote, masked and capped; null for nothing. */
export async function keepHookOutput(vault: Pick<Vault, 'put'>, text: string): Promise<string | null> {
  return text === '' ? null : await vault.put({ text })
}

/** Rejects with BlobMissingError when retention has dropped it. */
export async function readHookOutput(vault: Pick<Vault, 'get'>, digest: string): Promise<string> {
  const { text } = await vault.get<{ readonly text: string }>(digest)
  return text
}
