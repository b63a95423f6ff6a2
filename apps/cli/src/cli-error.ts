/** What a person should read when a command cannot go on. */
export type Trouble = {
  readonly what: string
  readonly where: string
  readonly because: string
  readonly try: string
}

/** A command ends with this exit code: 1 it failed, 2 it was not understood. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly troubles: readonly Trouble[]
  readonly exitCode: number

  constructor(troubles: Trouble | readonly Trouble[], exitCode = 1) {
    const all = 'what' in troubles ? [troubles] : troubles
    super(all.map(({ what }) => what).join('; '))
    this.troubles = all
    this.exitCode = exitCode
  }
}

/** The command line is not as it should be. Without a remedy the help of the command is named. */
export function usage(where: string, because: string, remedy = ''): CliError {
  return new CliError({ what: 'The command is not understood', where, because, try: remedy }, 2)
}
