import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'

/** Passes a body on until it is larger than allowed; every failure goes through `fail`. */
export async function* cappedBody(
  remote: Remote,
  maxBytes: number,
  body: AsyncIterable<Uint8Array>,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(remote, maxBytes)
      yield chunk
    }
  } catch (error) {
    throw fail(error)
  }
}

function tooLarge(remote: Remote, maxBytes: number): SourceError {
  return new SourceError(remote, 'too-large', {
    because: `its answer is larger than the limit of ${maxBytes} bytes`,
    remedy: 'take large files out of the repository, or raise the limit',
  })
}
