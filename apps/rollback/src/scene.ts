import type { History, Plan, WorkflowConfig } from '@plimsoll/domain'
import type { EventLog, Folded } from '@plimsoll/event-log'
import type { Cluster, CustomHealth } from '@plimsoll/kubernetes'
import type { Clusters, CommandsOf, Turns, Vault, WorkContext } from '@plimsoll/service'

export type Dependencies = {
  readonly log: EventLog
  readonly openVault: (workflow: string) => Vault
  /** Stores a plan for people to read: no value of a Secret is in it. */
  readonly publish: (plan: Plan) => Promise<string>
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  /** Does work on a cluster so that a silent one holds up its own work only. */
  readonly take: Turns['take']
  readonly customHealth: CustomHealth | undefined
  readonly commandsOf: CommandsOf
  /** Digests the fields that are ours in the live objects of a cluster. */
  readonly clusterHash: (cluster: string) => (text: string) => string
  readonly now: () => Date
}

/** What planning and carrying out a rollback work with. */
export type Scene = Pick<Dependencies, 'log' | 'publish' | 'customHealth' | 'commandsOf' | 'now'> & {
  readonly stream: string
  readonly folded: Folded<History>
  readonly config: WorkflowConfig
  readonly cluster: Cluster
  readonly vault: Vault
  readonly hash: (text: string) => string
  readonly context: WorkContext
}
