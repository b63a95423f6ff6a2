/** What a command writes to and reads its surroundings from. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly isTty: boolean
  readonly colour: boolean
  /** Width of the terminal in columns; infinite when there is none. */
  readonly width: number
  /** All of the standard input, as text. */
  readonly readStdin: () => Promise<string>
}

export function processIo(): Io {
  const { stdout, env } = process
  const isTty = stdout.isTTY
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env,
    cwd: process.cwd(),
    isTty,
    colour: isTty && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    width: isTty ? stdout.columns : Number.POSITIVE_INFINITY,
    async readStdin() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}
