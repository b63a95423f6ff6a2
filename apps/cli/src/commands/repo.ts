import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { RepositorySchema, type CredentialsSchema, type Repository } from '@plimsoll/proto'
import { allPages } from '@plimsoll/sdk/node'
import type { Command } from 'commander'
import { CliError, usage } from '../cli-error.ts'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { jsonOf, printData } from '../output/print.ts'
import { readPairs, repositoryTable, settingPairs } from '../output/repository.ts'
import { fields } from '../output/table.ts'

type RepoOptions = {
  readonly id?: string
  readonly url?: string
  readonly branch?: string
  readonly pollInterval?: string
  readonly caFile?: string
  readonly proxy?: string
  readonly knownHostsFile?: string
  readonly tokenStdin?: boolean
  readonly username?: string
  readonly passwordStdin?: boolean
  readonly sshKeyFile?: string
  readonly webhookSecretFile?: string
  readonly credentials?: boolean
  readonly reason?: string
}

export function registerRepoCommands(program: Command, io: Io): void {
  const repo = program.command('repo').description('Git repositories that workflows are read from')

  withRepoOptions(withServer(repo.command('add').argument('<url>', 'http, https, ssh or git@host:path')))
    .description('register a repository, or change the one of the same id')
    .option('--id <id>', 'default: derived from url and branch')
    .action(
      action<[string], RepoOptions>(io, async (context, options, url) => {
        const { connection } = context
        const answer = await connection.gitops.registerRepository({
          ...(await requestOf(io, options)),
          url,
          ...given('id', options.id),
        })
        printOne(context, answer.repository, answer.changed ? 'registered' : 'unchanged')
      }),
    )

  withServer(repo.command('list'))
    .description('list the repositories')
    .action(action<[], object>(io, async (context) => printList(context, await allOf(context))))

  withServer(repo.command('show').argument('<id>'))
    .description('show a repository, what was read last, and who is read from it')
    .action(
      action<[string], object>(io, async (context, _options, id) => {
        const { repository: found } = await context.connection.gitops.getRepository({ id })
        printOne(context, found)
      }),
    )

  withRepoOptions(withServer(repo.command('update').argument('<id>')))
    .description('change a repository; what is not named stays')
    .option('--url <url>')
    .option('--no-credentials', 'forget the credentials')
    .action(
      action<[string], RepoOptions>(io, async (context, options, id) => {
        const forget = options.credentials === false ? { credentials: { type: 'none' } } : {}
        const request = { ...(await requestOf(io, options)), ...forget, ...given('url', options.url), id }
        const answer = await context.connection.gitops.updateRepository(request)
        printOne(context, answer.repository, answer.changed ? 'changed' : 'unchanged')
      }),
    )

  withServer(repo.command('delete').argument('<id>'))
    .description('delete a repository that no workflow uses')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], RepoOptions>(io, async ({ connection }, { reason }, id) => {
        await connection.gitops.deleteRepository({ id, ...given('reason', reason) })
        io.err(`repository ${id} deleted\n`)
      }),
    )
}

function withRepoOptions(command: Command): Command {
  return command
    .option('--branch <name>', 'default: main')
    .option('--poll-interval <duration>', 'such as 30s, the default')
    .option('--token-stdin', 'read an access token of the forge from standard input (or PLIMSOLL_GIT_TOKEN)')
    .option('--username <name>', 'user name, with --password-stdin or --token-stdin')
    .option('--password-stdin', 'read a password from standard input (or PLIMSOLL_GIT_PASSWORD)')
    .option('--ssh-key-file <file>', 'private key for ssh (its passphrase: PLIMSOLL_SSH_PASSPHRASE)')
    .option('--known-hosts-file <file>', 'known_hosts for ssh')
    .option('--ca-file <file>', 'certificates to trust, PEM')
    .option('--proxy <url>', 'HTTP proxy')
    .option('--webhook-secret-file <file>', 'file with the secret that the forge signs webhooks with')
    .option('--reason <text>', 'kept in the log')
}

async function requestOf(io: Io, options: RepoOptions) {
  return {
    ...given('branch', options.branch),
    ...given('pollInterval', options.pollInterval),
    ...given('proxy', options.proxy),
    ...given('reason', options.reason),
    ...given('ca', await fileText(io, options.caFile)),
    ...given('knownHosts', await fileText(io, options.knownHostsFile)),
    ...given('webhookSecret', (await fileText(io, options.webhookSecretFile))?.trim()),
    ...given('credentials', await credentialsOf(io, options)),
  }
}

type Credentials = MessageInitShape<typeof CredentialsSchema>

/** Secrets come by file, environment or standard input: what stands on a command line can be read by every local user. */
async function credentialsOf(io: Io, options: RepoOptions): Promise<Credentials | undefined> {
  const { tokenStdin, passwordStdin, sshKeyFile, username } = options
  const kinds = [tokenStdin, passwordStdin, sshKeyFile !== undefined].filter(Boolean).length
  if (kinds > 1) throw usage('credentials', 'give one of --token-stdin, --password-stdin and --ssh-key-file')
  if (sshKeyFile !== undefined) {
    const passphrase = io.env['PLIMSOLL_SSH_PASSPHRASE'] ?? ''
    return { type: 'ssh', sshKey: (await fileText(io, sshKeyFile)) ?? '', passphrase }
  }
  const token = tokenStdin ? await stdinLine(io) : kinds === 0 ? io.env['PLIMSOLL_GIT_TOKEN'] : undefined
  if (token !== undefined) return { type: 'token', token, ...given('username', username) }
  const password = passwordStdin ? await stdinLine(io) : kinds === 0 ? io.env['PLIMSOLL_GIT_PASSWORD'] : undefined
  if (password === undefined) return undefined
  if (username === undefined) throw usage('--username', 'a password needs a user name')
  return { type: 'userpass', username, password }
}

async function stdinLine(io: Io): Promise<string> {
  return (await io.readStdin()).replace(/\r?\n$/, '')
}

async function fileText({ cwd }: Io, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  return readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CliError({ what: 'A file cannot be read', where: file, because, try: 'Name another file.' }, 2)
  })
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: Value }
}

function allOf({ connection }: Context): Promise<readonly Repository[]> {
  return allPages(
    (page) => connection.gitops.listRepositories(page),
    ({ repositories }) => repositories,
  )
}

function printList({ io, format }: Context, repositories: readonly Repository[]): void {
  if (format !== 'human') {
    printData(
      io,
      format,
      repositories.map((repository) => jsonOf(RepositorySchema, repository)),
    )
    return
  }
  if (repositories.length === 0) io.err('No repository is registered: add one with `plimsoll repo add URL`.\n')
  else io.out(repositoryTable(repositories, io))
}

/** `done`: what was done to it; then what was read of it before is left out. */
function printOne({ io, format }: Context, repository: Repository | undefined, done?: string): void {
  if (repository === undefined) return
  if (format !== 'human') {
    printData(io, format, jsonOf(RepositorySchema, repository))
    return
  }
  if (done !== undefined) io.err(`repository ${repository.id} ${done}\n`)
  io.out(fields([...settingPairs(repository), ...(done === undefined ? readPairs(repository) : [])]))
}
