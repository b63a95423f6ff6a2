import type { IncomingHttpHeaders } from 'node:http2'

/** The texts of `Warning: 299 - "…"` headers; Node joins several by a comma. */
export function warningsOf(headers: IncomingHttpHeaders): string[] {
  const header = headers['warning']
  if (header === undefined) return []
  return [...String(header).matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  )
}
