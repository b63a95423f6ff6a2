import { openCluster } from '@plimsoll/kubernetes'
import { openCommandRunner, type HookCommand } from '../src/index.ts'

export type Asked = {
  readonly kubeconfigText: string
  /** Whom the process becomes before it runs the command. */
  readonly user?: number | undefined
  readonly enabled: boolean
  /** Of the claim that is renewed all the time, as long as the process moves. */
  readonly leaseMs: number
  readonly hosts: readonly string[]
  readonly command: Omit<HookCommand, 'cluster' | 'signal' | 'onOutput' | 'hidden' | 'held'> & {
    readonly hidden: readonly string[]
  }
}

/** What goes to the standard output, a line each. */
export type Told =
  | { readonly output: string }
  | { readonly end: Awaited<ReturnType<ReturnType<typeof openCommandRunner>['run']>> }
  | { readonly thrown: string }

const { kubeconfigText, user, enabled, leaseMs, hosts, command } = JSON.parse(process.argv[2] ?? '') as Asked
const tell = (told: Told) => console.log(JSON.stringify(told))
if (user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(user)
  process.setuid?.(user)
}
const cancelled = new AbortController()
process.on('SIGUSR2', () => cancelled.abort(new Error('it is cancelled')))
await using runner = openCommandRunner({ enabled, hosts, tell: (line) => console.error(line) })
await using cluster = await openCluster({ kubeconfigText })
const claim = {
  role: 'write',
  stream: 'workflow-shop',
  epoch: 1,
  owner: 'test',
  done: 0,
  seen: 0,
  attempts: 0,
  crashes: 0,
}
const held = () => ({ ...claim, leaseUntil: new Date(Date.now() + leaseMs) })
const onOutput = (output: string) => tell({ output })
await runner.run({ ...command, cluster, onOutput, held, signal: cancelled.signal }).then(
  (end) => tell({ end }),
  (error: unknown) => tell({ thrown: error instanceof Error ? error.message : String(error) }),
)
