import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import { ClusterSchema, type Cluster } from '@plimsoll/proto'
import { allPages } from '@plimsoll/sdk/node'
import type { Command } from 'commander'
import { CliError, usage } from '../cli-error.ts'
import { action, withServer, type Context } from '../context.ts'
import type { Io } from '../io.ts'
import { instant } from '../output/instant.ts'
import { jsonOf, printData } from '../output/print.ts'
import { fields, table } from '../output/table.ts'
import { printWarnings } from '../output/troubles.ts'

type ClusterOptions = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly apiServer?: string
  readonly bearerTokenFile?: string
  readonly bearerTokenStdin?: boolean
  readonly caFile?: string
  readonly tlsServerName?: string
  readonly proxy?: string
  readonly force?: boolean
  readonly reason?: string
}

export function registerClusterCommands(program: Command, io: Io): void {
  const cluster = program.command('cluster').description('Kubernetes clusters that workflows write to')

  withServer(cluster.command('add').argument('<id>', 'what workflows name it'))
    .description('register a cluster, or change the one of the same id; its server is asked first')
    .option('--kubeconfig <file>', 'where to find it and who to be there; what its context needs is sent, and no more')
    .option('--context <name>', 'of the kubeconfig; default: its current one')
    .option('--api-server <url>', 'https://host:port, in place of a kubeconfig')
    .option('--bearer-token-file <file>', 'a token for it, as of a service account')
    .option('--bearer-token-stdin', 'read the token from standard input (or PLIMSOLL_CLUSTER_TOKEN)')
    .option('--ca-file <file>', "certificates to trust, PEM; default: the system's")
    .option('--tls-server-name <name>', 'what the certificate is for, if not the host of the URL')
    .option('--proxy <url>', 'HTTP proxy')
    .option('--force', 'register it although it cannot be reached or refuses the credentials')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], ClusterOptions>(io, async (context, options, id) => {
        const { force = false, reason } = options
        const access = await accessOf(io, options)
        const request = { id, ...access, force, ...(reason !== undefined && { reason }) }
        const answer = await context.connection.gitops.registerCluster(request)
        if (answer.cluster) printOne(context, answer.cluster, answer.changed ? 'registered' : 'unchanged')
      }),
    )

  withServer(cluster.command('list'))
    .description('list the clusters')
    .action(action<[], object>(io, async (context) => printList(context, await allOf(context))))

  withServer(cluster.command('show').argument('<id>'))
    .description('show a cluster')
    .action(
      action<[string], object>(io, async (context, _options, id) => {
        const { cluster: found } = await context.connection.gitops.getCluster({ id })
        if (found) printOne(context, found)
      }),
    )

  withServer(cluster.command('remove').argument('<id>'))
    .description('forget a cluster that no workflow uses; nothing in it is touched')
    .option('--reason <text>', 'kept in the log')
    .action(
      action<[string], ClusterOptions>(io, async ({ connection }, { reason }, id) => {
        await connection.gitops.removeCluster({ id, ...(reason !== undefined && { reason }) })
        io.err(`cluster ${id} removed\n`)
      }),
    )
}

/** Secrets come by file, environment or standard input: what stands on a command line can be read by every local user. */
async function accessOf(io: Io, options: ClusterOptions) {
  const { kubeconfig, context, apiServer, bearerTokenFile, bearerTokenStdin, caFile, tlsServerName, proxy } = options
  if (kubeconfig === undefined) {
    if (apiServer === undefined) throw usage('--kubeconfig', 'name a kubeconfig, or a server with --api-server')
    if (context !== undefined) throw usage('--context', 'needs --kubeconfig')
    if (bearerTokenFile !== undefined && bearerTokenStdin)
      throw usage('--bearer-token-file', 'give one of --bearer-token-file and --bearer-token-stdin')
    const token = bearerTokenStdin
      ? await io.readStdin()
      : bearerTokenFile === undefined
        ? io.env['PLIMSOLL_CLUSTER_TOKEN']
        : await fileText(io, bearerTokenFile)
    if (token === undefined) throw usage('--bearer-token-file', 'a server needs a token')
    const ca = caFile === undefined ? '' : await fileText(io, caFile)
    return { server: apiServer, token: token.trim(), ca, tlsServerName: tlsServerName ?? '', proxy: proxy ?? '' }
  }
  const also = Object.entries({ apiServer, bearerTokenFile, bearerTokenStdin, caFile, tlsServerName, proxy })
  const [other] = also.find(([, value]) => value !== undefined) ?? []
  if (other !== undefined) throw usage(`--${kebab(other)}`, 'is part of the kubeconfig: leave it out')
  const { KubeconfigError, portableKubeconfig } = await import('@plimsoll/kubernetes')
  const found = await portableKubeconfig(resolve(io.cwd, kubeconfig), context).catch((error: unknown) => {
    if (!(error instanceof KubeconfigError)) throw error
    const remedy = 'Correct it, name another one, or give --api-server with a token.'
    throw new CliError({
      what: 'The kubeconfig cannot be used',
      where: kubeconfig,
      because: error.message,
      try: remedy,
    })
  })
  return { kubeconfig: found.text, context: found.context }
}

async function fileText({ cwd }: Io, file: string): Promise<string> {
  return readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CliError({ what: 'A file cannot be read', where: file, because, try: 'Name another file.' }, 2)
  })
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function allOf({ connection }: Context): Promise<readonly Cluster[]> {
  return allPages(
    (page) => connection.gitops.listClusters(page),
    ({ clusters }) => clusters,
  )
}

function printList({ io, format }: Context, clusters: readonly Cluster[]): void {
  if (format !== 'human') {
    printData(
      io,
      format,
      clusters.map((cluster) => jsonOf(ClusterSchema, cluster)),
    )
    return
  }
  const columns = [
    { title: 'ID', value: ({ id }: Cluster) => id },
    { title: 'STATE', value: ({ state }: Cluster) => state },
    { title: 'VERSION', value: ({ version }: Cluster) => version },
    { title: 'WORKFLOWS', value: ({ workflows }: Cluster) => String(workflows.length) },
    ...(clusters.some(({ credentialsExpireAt: at }) => at !== undefined)
      ? [{ title: 'EXPIRES', value: ({ credentialsExpireAt: at }: Cluster) => instant(at).slice(0, 10) }]
      : []),
    { title: 'SERVER', value: serverOf },
  ]
  io.out(table(clusters, columns, io.width))
  printWarnings(io, clusters.flatMap(expiryWarnings))
}

function serverOf({ registered, server }: Cluster): string {
  return registered ? server : "the services' own"
}

function printOne({ io, format }: Context, cluster: Cluster, done?: string): void {
  if (format !== 'human') {
    printData(io, format, jsonOf(ClusterSchema, cluster))
    return
  }
  if (done !== undefined) io.err(`cluster ${cluster.id} ${done}\n`)
  const { since } = cluster
  io.out(
    fields([
      ['ID', cluster.id],
      ['Server', serverOf(cluster)],
      ['Context', cluster.context],
      ['Credentials', cluster.credentialsType],
      ['Expire', instant(cluster.credentialsExpireAt)],
      ['Proxy', cluster.proxy],
      ['State', since === undefined ? cluster.state : `${cluster.state} since ${timestampDate(since).toISOString()}`],
      ['Message', cluster.message],
      ['Version', cluster.version],
      ['Workflows', cluster.workflows.join(', ')],
    ]),
  )
  printWarnings(io, expiryWarnings(cluster))
}

const soonMs = 7 * 86_400_000

/** That the credentials of a cluster have expired, or do so within a week. */
export function expiryWarnings(
  { id, credentialsType, credentialsExpireAt: at }: Pick<Cluster, 'id' | 'credentialsType' | 'credentialsExpireAt'>,
  now = Date.now(),
): readonly string[] {
  if (at === undefined) return []
  const left = timestampDate(at).getTime() - now
  if (left > soonMs) return []
  const when = left <= 0 ? `expired at ${instant(at)}` : `expires ${inWords(left)}, at ${instant(at)}`
  return [`the ${credentialsType} of cluster ${id} ${when}: give another with \`plimsoll cluster add ${id}\``]
}

function inWords(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 1) return 'within the hour'
  return hours < 48 ? `in ${hours} hour${hours === 1 ? '' : 's'}` : `in ${Math.floor(hours / 24)} days`
}
