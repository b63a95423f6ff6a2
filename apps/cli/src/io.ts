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
    colour: wantsColour({ env, isTty }),
    width: isTty ? stdout.columns : Number.POSITIVE_INFINITY,
    async readStdin() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}

export type ColourChoice = 'auto' | 'always' | 'never'

/** As told; else by NO_COLOR, CLICOLOR_FORCE and CLICOLOR, in this order; else on a terminal that has colours. */
export function wantsColour({ env, isTty }: Pick<Io, 'env' | 'isTty'>, choice: ColourChoice = 'auto'): boolean {
  if (choice !== 'auto') return choice === 'always'
  if (env['NO_COLOR']) return false
  if (env['CLICOLOR_FORCE'] && env['CLICOLOR_FORCE'] !== '0') return true
  return isTty && env['CLICOLOR'] !== '0' && env['TERM'] !== 'dumb'
}
