import { clean, cleanLine } from '../clean.ts'

// What comes from manifests and clusters could mention people, link, close a block or run as HTML. Markdown is taken
// differently by each forge, but inside code nothing is, so that is where such text goes.

/** Text of one line as code. In a table `|` ends a cell even there. */
export function codeSpan(text: string, { inTable = false }: { readonly inTable?: boolean } = {}): string {
  const line = cleanLine(text).trim()
  if (line === '') return '` `'
  const fence = '`'.repeat(longestRun(line) + 1)
  const inner = line.startsWith('`') || line.endsWith('`') ? ` ${line} ` : line
  return `${fence}${inTable ? inner.replaceAll('|', '\\|') : inner}${fence}`
}

/** Lines as a block of code that they cannot close. */
export function codeBlock(text: string, language: string): string {
  const safe = clean(text).replace(/\n+$/, '')
  const fence = '`'.repeat(Math.max(longestRun(safe) + 1, 3))
  return `${fence}${language}\n${safe}\n${fence}\n`
}

/**
 * Words of ours, as they are; as code as soon as there is anything in them that a forge could take for more. What they have
 * in backticks is code.
 */
export function prose(text: string): string {
  const line = cleanLine(text).trim()
  const parts = line.split(/`([^`]+)`/)
  const words = parts.filter((_part, index) => index % 2 === 0)
  if (!words.every((part) => harmless.test(part)) || suspect.test(line)) return codeSpan(line)
  return parts.map((part, index) => (index % 2 === 0 ? part : codeSpan(part))).join('')
}

// A colon before a blank, and a slash within a word.
const harmless = /^(?:[\p{L}\p{N} ,.;()'"→-]|:(?= |$)|(?<=[\p{L}\p{N}])\/(?=[\p{L}\p{N}]))*$/u
const suspect = /www\.|\bGH-\d|^(?:-|\d+[.)])(?: |$)/i

/** Text as code within HTML. */
export function htmlCode(text: string): string {
  return `<code>${htmlText(text)}</code>`
}

/** Words of ours within HTML. */
export function htmlText(text: string): string {
  return cleanLine(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
}
