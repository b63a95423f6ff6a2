import { StringDecoder } from 'node:string_decoder'

/** The lines of a byte stream. A line without its end is a truncated one: it is passed on, for the reader to refuse. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  for await (const chunk of chunks) {
    const text = decoder.write(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = parts.join('') + text.slice(start, end)
      parts = []
      start = end + 1
      if (line !== '') yield line
    }
    if (start < text.length) parts.push(text.slice(start))
  }
  const rest = parts.join('') + decoder.end()
  if (rest !== '') yield rest
}
