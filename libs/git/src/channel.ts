/** A running `git-upload-pack`: near, as a child process, or far, behind SSH. */
export type Channel = {
  readonly output: AsyncIterator<Uint8Array>
  write(bytes: Uint8Array): void
  /** Nothing more will be written. */
  end(): void
  /** How the program ended; `error` is what it printed to stderr. */
  readonly ended: Promise<{ readonly code: number | undefined; readonly error: string }>
  close(): void
}

const maxErrorText = 4096

/** Gathers the first lines that a program prints to stderr. */
export function gatherError(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    if (text.length < maxErrorText) text += chunk.toString('utf8')
  })
  return () => text.slice(0, maxErrorText)
}
