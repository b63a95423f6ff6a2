import type { HookEnd, HookRunning, HookText } from '@plimsoll/proto'
import { clean, cleanLine } from './clean.ts'

/** Puts what hooks write together to lines, each with the name of its hook before it. */
export function hookLines(print: (line: string) => void) {
  const open = new Map<string, string>()
  const line = (hook: string, text: string) => print(`${cleanLine(hook)} | ${clean(text)}\n`)
  const finish = (key: string, hook: string) => {
    const rest = open.get(key)
    open.delete(key)
    if (rest) line(hook, rest)
  }
  return {
    running: ({ phase, hook, waitsFor }: HookRunning): void =>
      line(hook, `${phase} hook is running${waitsFor === '' ? '' : `: waits for ${cleanLine(waitsFor)}`}`),
    text: ({ syncId, phase, hook, text }: HookText): void => {
      const key = keyOf(syncId, phase, hook)
      const lines = `${open.get(key) ?? ''}${text}`.split('\n')
      open.set(key, lines.pop() ?? '')
      for (const each of lines) line(hook, each)
    },
    end: ({ syncId, phase, hook, ok, message, durationMs }: HookEnd): void => {
      finish(keyOf(syncId, phase, hook), hook)
      const seconds = (Number(durationMs) / 1_000).toFixed(1)
      line(hook, ok ? `ended well after ${seconds} s` : `failed after ${seconds} s: ${cleanLine(message)}`)
    },
  }
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\n')
}
