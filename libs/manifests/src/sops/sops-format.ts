export type SopsFormat = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary'

/**
 * How SOPS encrypted a file, or null if it did not. What the file holds decides, as files are renamed (`.enc`); only
 * whether JSON is JSON or wraps another file is told by the name, as sops itself does.
 */
export function sopsFormat(path: string, body: Uint8Array): SopsFormat | null {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (!text.includes('sops')) return null
  const content = text.toString('latin1')
  if (/^\s*\{/.test(content)) {
    const isSops = /"sops"\s*:\s*\{/.test(content) && /"(?:mac|lastmodified)"\s*:\s*"/.test(content)
    if (!isSops) return null
    return /\.(?:json|ya?ml)$/.test(path) ? 'json' : 'binary'
  }
  if (/^sops_(?:mac|lastmodified|version)=/m.test(content)) return 'dotenv'
  if (/^\[sops\]\s*$/m.test(content)) return 'ini'
  const isYaml = /^(?:sops|"sops"|'sops')\s*:/m.test(content) && /^\s*["']?(?:mac|lastmodified)["']?\s*:/m.test(content)
  return isYaml ? 'yaml' : null
}
