import { onLive, showLive } from '@plimsoll/jetstream'
import type { JetStream } from '@plimsoll/jetstream'

/** What becomes of a hook, as those see it who look on. Masked. */
export type HookNews = { readonly sync_id: string; readonly phase: string; readonly hook: string } & HookHappening

/** It runs and waits for something, writes, or ends. */
export type HookHappening =
  | { readonly waits_for: string }
  | { readonly text: string }
  | { readonly ok: boolean; readonly message: string; readonly duration_ms: number }

const topic = 'hook-output'

/** Tells whoever looks on now. */
export function tellHookNews(js: JetStream, workflow: string, news: HookNews): void {
  showLive(js, topic, workflow, JSON.stringify(news))
}

/** What the hooks of a workflow write from now on, until the signal aborts. */
export function onHookNews(js: JetStream, workflow: string, signal: AbortSignal): AsyncIterable<HookNews> {
  const shown = onLive(js, topic, workflow, signal)
  return (async function* () {
    for await (const text of shown) yield JSON.parse(text) as HookNews
  })()
}

const burst = 256 * 1024
const perSecond = 64 * 1024

/** Passes on what a person can read, and of a flood so much, with a word where something is left out. */
export function readable(tell: (text: string) => void, now: () => number = () => performance.now()) {
  let left = burst
  let at = now()
  let skipped = 0
  return (text: string): void => {
    const time = now()
    left = Math.min(burst, left + ((time - at) / 1_000) * perSecond)
    at = time
    if (text.length > left) {
      skipped += text.length
      return
    }
    left -= text.length
    tell(skipped === 0 ? text : `[… ${skipped} characters are left out …]\n${text}`)
    skipped = 0
  }
}
