import type { Readable } from 'node:stream'

/** What was read of a stream, and how many bytes before that were let go. */
export type Kept = { readonly bytes: Buffer; readonly dropped: number }

/** Tells of more bytes, and whether there was room for them. */
export type Room = (bytes: number) => boolean

/** Room for so many bytes, of one stream or several; `spent` hears that there are more. */
export function keep(bytes: number, spent: () => void): Room {
  let left = bytes
  return (more) => {
    left -= more
    if (left < 0) spent()
    return left >= 0
  }
}

/** Reads a stream to its end. Of more than `bounds` allow, the rest is let go, or with `tail` what came first. */
export async function collect(
  stream: Readable,
  bounds: Room | { readonly tail: number },
  hear?: (piece: Buffer) => void,
): Promise<Kept> {
  const pieces: Buffer[] = []
  let [size, dropped] = [0, 0]
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hear?.(piece)
    if (typeof bounds === 'function') {
      if (bounds(piece.length)) pieces.push(piece)
      continue
    }
    pieces.push(piece)
    size += piece.length
    for (let first = pieces[0]; first && size - first.length >= bounds.tail; first = pieces[0]) {
      pieces.shift()
      size -= first.length
      dropped += first.length
    }
  }
  const bytes = Buffer.concat(pieces)
  const over = typeof bounds === 'function' ? 0 : Math.max(0, bytes.length - bounds.tail)
  return { bytes: bytes.subarray(over), dropped: dropped + over }
}
