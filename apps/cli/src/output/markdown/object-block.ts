import type { Alike } from '../plan/alike.ts'
import { refText } from '../plan/conflict-text.ts'
import { count, effectsOf } from '../plan/object-text.ts'
import { inlineValue, visibleLine } from '../plan/value-text.ts'
import { codeBlock, codeSpan, htmlCode, htmlText, prose } from './safe.ts'

/** A collapsed block for an object, with its reasons and what differs; what is longer than `most` is cut at a line. */
export function objectBlock(group: Alike, most: number): string {
  const open = `<details><summary>${summaryOf(group)}</summary>\n\n${reasonList(group)}${namesOf(group)}`
  const close = '\n</details>\n\n'
  const diff = diffText(group)
  const whole = `${open}${diff === '' ? '' : codeBlock(diff, 'diff')}${close}`
  if (whole.length <= most) return whole
  const shown = linesWithin(diff, most - open.length - close.length - 100)
  if (shown === '') return `${open}The difference is too long for this comment.\n${close}`
  const left = diff.split('\n').length - shown.split('\n').length
  return `${open}${codeBlock(shown, 'diff')}\n… and ${count(left)} more lines\n${close}`
}

function summaryOf({ first, names }: Alike): string {
  const { impact, action, ref } = first
  const what =
    names.length === 1
      ? htmlCode(refText(ref))
      : `${count(names.length)} ${htmlCode(ref.kind)}${ref.namespace === '' ? '' : ` in ${htmlCode(ref.namespace)}`} alike`
  const effects = effectsOf(first).map(htmlText)
  return `<b>${impact}</b> ${action} ${what}${effects.length > 0 ? `: ${effects.join(', ')}` : ''}`
}

function reasonList({ first: { reasons } }: Alike): string {
  const shown = reasons.filter(({ impact }) => impact !== 'low')
  const items = new Set(shown.map(({ impact, text }) => `- ${impact}: ${prose(text)}\n`))
  return items.size === 0 ? '' : `${[...items].join('')}\n`
}

function namesOf({ names }: Alike): string {
  return names.length === 1 ? '' : `The first of: ${names.map((name) => codeSpan(name)).join(', ')}\n\n`
}

/** The unified diff without the names of its files; field by field where there is none. */
function diffText({ first: { unifiedDiff, fields } }: Alike): string {
  if (unifiedDiff !== '') return visibleLines(unifiedDiff.replace(/^--- .*\n\+\+\+ .*\n/, ''))
  return fields
    .flatMap(({ path, before, after }) => [
      ...(before === undefined ? [] : [`- ${path}: ${inlineValue(before)}`]),
      ...(after === undefined ? [] : [`+ ${path}: ${inlineValue(after)}`]),
    ])
    .join('\n')
}

function visibleLines(text: string): string {
  return text.replace(/\n+$/, '').split('\n').map(visibleLine).join('\n')
}

function linesWithin(text: string, room: number): string {
  if (room <= 0) return ''
  const end = text.lastIndexOf('\n', room)
  return end < 0 ? '' : text.slice(0, end)
}
