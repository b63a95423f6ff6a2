const idPattern = /^[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?$/

/** Lower-case letters, digits, `-` and `.`, at most 63 characters: fits a label, a subject and a URL. */
export function isId(text: string): boolean {
  return idPattern.test(text)
}

/** Whether Kubernetes takes the text for the name of a namespace, which has no dots. */
export function isNamespace(text: string): boolean {
  return isId(text) && !text.includes('.')
}

/** Whether Kubernetes takes the text for the name of an object, such as a service account. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((part) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part))
}

/** The id of something registered without one: the same parts give the same id, so a script run twice finds what it made. */
export function derivedId(kind: string, ...parts: readonly string[]): string {
  return `${kind}-${fingerprint(parts.join('\n'))}`
}

/** FNV-1a over UTF-16 code units, 64 bits, 16 hexadecimal digits. A name, not a secret: it is easily made to collide. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index++) {
    hash = ((hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n) & 0xffffffffffffffffn
  }
  return hash.toString(16).padStart(16, '0')
}
