import { Option, type Command } from 'commander'
import { connect, type Connection } from './client.ts'
import { wantsColour, type ColourChoice, type Io } from './io.ts'
import type { Format } from './output/print.ts'

/** What a command works with. */
export type Context = {
  readonly io: Io
  readonly format: Format
  readonly connection: Connection
}

type Shared = {
  readonly server?: string
  readonly tokenFile?: string
  readonly output?: Format
  readonly color?: ColourChoice
}

/** The options of every command that asks the server; `formats` are what it prints. */
export function withServer(command: Command, formats: readonly string[] = ['human', 'json', 'yaml']): Command {
  return command
    .option('--server <url>', 'address of the api (PLIMSOLL_SERVER; else what `plimsoll up` wrote)')
    .option('--token-file <file>', 'file that holds the access token (PLIMSOLL_TOKEN_FILE)')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(formats).default('human'))
    .addOption(new Option('--color <when>', 'colour the text (NO_COLOR)').choices(['auto', 'always', 'never']))
}

/** Runs a command with a connection, which is closed at its end. The number it returns is the exit code. */
export function action<Arguments extends readonly (string | undefined)[], Options extends object>(
  io: Io,
  run: (context: Context, options: Options, ...args: Arguments) => Promise<number | void>,
) {
  return async (...given: [...Arguments, Options & Shared, Command]): Promise<void> => {
    const options = given.at(-2) as Options & Shared
    const args = given.slice(0, -2) as unknown as Arguments
    await using connection = await connect(io, options)
    const shown = { ...io, colour: options.color === undefined ? io.colour : wantsColour(io, options.color) }
    const code = await run({ io: shown, connection, format: options.output ?? 'human' }, options, ...args)
    if (typeof code === 'number') process.exitCode = code
  }
}
