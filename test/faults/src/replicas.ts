import { workflowStream, type WorkflowEvent } from '@plimsoll/domain'
import { startService, type Installation, type Project, type ServiceName, type ServiceProcess } from '@plimsoll/e2e'
import { apiProxy, queryProxy, type ApiCall, type ApiProxy, type QueryProxy } from '@plimsoll/harness'

/** A moment in the work on one project at which whoever does that work is killed. */
export type Failpoint =
  /** Just before an event is recorded, or just after, before the one who records it hears of it. */
  | { readonly append: WorkflowEvent['type']; readonly when: 'before' | 'after'; readonly by?: ServiceName }
  /** The nth write to the cluster, counted from 1, of that method: it never reaches the API server. */
  | { readonly write: 'PATCH' | 'DELETE' | 'POST' | 'any'; readonly nth: number; readonly by: ServiceName }

export type Armed = { readonly point: Failpoint; readonly project: Project; isHit: boolean; seen: number }

/** Processes of services, each behind proxies of its own. One that is killed is replaced at once. */
export type Replicas = AsyncDisposable & {
  readonly arm: (project: Project, point: Failpoint) => Armed
  readonly pick: (name: ServiceName, nth: number) => Replica
  readonly kills: () => number
  /** How many of the points that were armed were reached. One may be reached by what is being killed for another. */
  readonly hits: () => number
}

export type Replica = {
  readonly name: ServiceName
  /** Ends it as a machine that loses its power; another begins in its place. Resolves when that one is ready. */
  readonly kill: () => Promise<void>
  readonly process: () => ServiceProcess | undefined
}

/** Starts so many of each service that is named. */
export async function openReplicas(
  installation: Installation,
  counts: Readonly<Partial<Record<ServiceName, number>>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Replicas> {
  await using stack = new AsyncDisposableStack()
  const armed: Armed[] = []
  const replicas: Replica[] = []
  const told = { kills: 0, isOver: false }
  await Promise.all(
    Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, async () => {
        const opened = await openReplica(installation, name as ServiceName, settings, armed, told)
        stack.use(opened)
        replicas.push(opened)
      }),
    ),
  )
  stack.defer(() => void (told.isOver = true))
  const open = stack.move()
  return {
    arm: (project, point) => {
      const one: Armed = { point, project, isHit: false, seen: 0 }
      armed.push(one)
      return one
    },
    pick: (name, nth) => {
      const same = replicas.filter((replica) => replica.name === name)
      const picked = same[nth % same.length]
      if (picked === undefined) throw new Error(`there is no ${name}`)
      return picked
    },
    kills: () => told.kills,
    hits: () => armed.filter(({ isHit }) => isHit).length,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function openReplica(
  installation: Installation,
  name: ServiceName,
  settings: Readonly<Record<string, string>>,
  armed: readonly Armed[],
  told: { kills: number; isOver: boolean },
): Promise<Replica & AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  const postgres = new URL(installation.postgresUrl)
  const queries: QueryProxy = stack.use(await queryProxy({ host: postgres.hostname, port: Number(postgres.port) }))
  const api: ApiProxy = stack.use(await apiProxy())
  postgres.host = `127.0.0.1:${queries.port}`
  const behind = { ...installation, postgresUrl: postgres.href, kubeconfig: api.kubeconfig }
  let running: ServiceProcess | undefined
  let starting: Promise<void> = Promise.resolve()
  const start = async () => {
    running = await startService(behind, name, { PLIMSOLL_API_PORT: '0', ...settings })
  }
  const kill = async () => {
    const victim = running
    if (victim === undefined) return starting
    running = undefined
    told.kills += 1
    victim.signal('SIGKILL')
    // On a full machine a start may take longer than is waited for: that is no fault of the product.
    starting = victim.ended.then(() => (told.isOver ? undefined : start().catch(start)))
    return starting
  }
  const hit = (one: Armed) => {
    one.isHit = true
    void kill()
  }
  queries.watch(({ text }) => {
    const one = armed.find((each) => !each.isHit && isAppend(each, name, text))
    return one && 'append' in one.point ? { when: one.point.when, hit: () => hit(one) } : undefined
  })
  api.intercept((call) => {
    const one = armed.find((each) => !each.isHit && isWrite(each, name, call))
    if (one === undefined) return undefined
    hit(one)
    return { status: 503 }
  })
  await start()
  stack.defer(async () => {
    await starting
    await running?.[Symbol.asyncDispose]()
  })
  return { name, kill, process: () => running, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function isAppend({ point, project }: Armed, name: ServiceName, text: string): boolean {
  return (
    'append' in point &&
    (point.by === undefined || point.by === name) &&
    text.includes(`"type":"${point.append}"`) &&
    text.includes(workflowStream(project.id))
  )
}

function isWrite(armed: Armed, name: ServiceName, { method, path }: ApiCall): boolean {
  const { point, project } = armed
  if (!('write' in point) || point.by !== name || !path.includes(`/namespaces/${project.namespace}/`)) return false
  if (method === 'GET' || path.includes('dryRun=') || (point.write !== 'any' && point.write !== method)) return false
  armed.seen += 1
  return armed.seen === point.nth
}
