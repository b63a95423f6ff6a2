/** Takes the credentials out of addresses and headers in a text, as errors of libraries like to repeat them. */
export function maskCredentials(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]+@/gi, '$1***@')
    .replaceAll(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 ***')
}
