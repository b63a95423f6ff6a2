/** An id for a command; the same command sent twice is carried out once. Also where a browser has no `randomUUID`: over http. */
export function commandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
