// Control characters, and those that turn the direction of text: they come from Git or a cluster and could rewrite the screen.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text that is safe to show; lines stay lines. */
export function clean(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', '  ').replace(unsafe, '')
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return clean(text).replaceAll(/\s*\n\s*/g, ' ')
}

/** Text that is safe to show and hides nothing, for values that a reader compares: `\u202e` in place of the character. */
export function escaped(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
