const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Header text as the CloudEvents bindings want it: everything but printable ASCII, and space, quote and percent, as %XX of its UTF-8. */
export function percentEncode(text: string): string {
  return text.replaceAll(/[^\x21\x23\x24\x26-\x7e]+/g, (part) => {
    let encoded = ''
    for (const byte of encoder.encode(part)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    return encoded
  })
}

/** @throws TypeError when the bytes are not UTF-8. A percent sign that starts no %XX stands for itself, as the binding says. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (part) =>
    decoder.decode(Uint8Array.from(part.slice(1).split('%'), (byte) => Number.parseInt(byte, 16))),
  )
}
