import type { JsonV1 } from '@plimsoll/proto'

/** A workflow as it is asked for. All but the repository has a default, which docs/defaults.md lists. */
export type WorkflowConfig = {
  /** Default: derived from repository, path and destination, so that a script that runs twice finds what it made. */
  readonly id?: string | undefined
  /** For people. Default: the id. */
  readonly name?: string | undefined
  /** Id of a registered repository. */
  readonly repository: string
  /** Folder in the repository. Default `.`. */
  readonly target_path?: string | undefined
  /** Sync new commits by itself, while auto-sync is started. Default false. */
  readonly auto_sync?: boolean | undefined
  /** Record a plan before each sync. Default true. */
  readonly diff_preview?: boolean | undefined
  /** Put back what a sync did when it fails. Default false. */
  readonly rollback_on_failure?: boolean | undefined
  readonly sync_policy?: SyncPolicy | undefined
  readonly destination?: Destination | undefined
  readonly allow?: Allow | undefined
  readonly source?: Source | undefined
  /** Fields that are left to others. */
  readonly ignore?: readonly IgnoreRule[] | undefined
  /** Fields whose values nobody gets to see. */
  readonly sensitive?: readonly SensitiveRule[] | undefined
  /** What a rule of impact counts for in this workflow, by the rule's name. */
  readonly impact?: Readonly<Record<string, Impact>> | undefined
  readonly approval?: Approval | undefined
  /** Another way to say `approval.required`. */
  readonly approval_required?: boolean | undefined
  /** Ids of workflows that are synced and healthy first. */
  readonly depends_on?: readonly string[] | undefined
  /** What people tell workflows apart by. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export type Impact = 'low' | 'medium' | 'high' | 'critical'

export type SyncPolicy = {
  /** Remove objects of ours that Git no longer holds. Default false. */
  readonly auto_prune?: boolean | undefined
  readonly health_check?: HealthCheck | undefined
  /** What to do about fields of other managers and objects that are not ours. Default `fail`. */
  readonly conflict_resolution?: 'fail' | 'take' | undefined
  readonly retry?: Retry | undefined
  readonly sync_windows?: readonly SyncWindow[] | undefined
  /** After so many automatic rollbacks in a row auto-sync waits for a person. Default 2. */
  readonly rollback_limit?: number | undefined
  /** Put back what others change of ours. Default false. */
  readonly self_heal?: boolean | undefined
  /** Whole percent of what the workflow owns that one sync may delete without approval. Default 50. */
  readonly prune_budget?: number | undefined
  /** Commands that run before a sync, where the operator has enabled them. */
  readonly pre_sync_hooks?: readonly string[] | undefined
  /** Commands that run after a sync. */
  readonly post_sync_hooks?: readonly string[] | undefined
  /** How long each hook may take. A duration, default `10m`. */
  readonly hook_timeout?: string | undefined
}

export type HealthCheck = {
  /** Default true. */
  readonly enabled?: boolean | undefined
  /** A duration, default `5m`. */
  readonly timeout?: string | undefined
  /** Default: `rollback_on_failure` decides. */
  readonly failure_mode?: 'ignore' | 'fail' | 'rollback' | undefined
}

export type Retry = {
  /** Further tries. Default 0. */
  readonly limit?: number | undefined
  /** Default `exponential`. */
  readonly backoff?: 'exponential' | 'linear' | 'fixed' | undefined
  /** From the first failure on. A duration, default `10m`. */
  readonly max_duration?: string | undefined
  /** Before the first further try. A duration, default `5s`. */
  readonly interval?: string | undefined
}

export type SyncWindow = {
  readonly kind: 'allow' | 'deny'
  /** When it opens, as cron has it: `0 22 * * 1-5`. */
  readonly schedule: string
  /** A duration such as `2h`. */
  readonly duration: string
  /** IANA name. Default `UTC`. */
  readonly time_zone?: string | undefined
  /** Syncs that a person asks for pass all the same. */
  readonly manual_sync?: boolean | undefined
}

export type Destination = {
  /** Default `default`. */
  readonly cluster?: string | undefined
  /** Where manifests without a namespace go. Default `default`. */
  readonly namespace?: string | undefined
  /** Default false. */
  readonly create_namespace?: boolean | undefined
  /** Who writes there in the engine's place: `name` in that namespace, or `namespace/name`. Default: the engine itself. */
  readonly service_account?: string | undefined
}

/** What a workflow may touch. What is left out is not limited. */
export type Allow = {
  readonly namespaces?: readonly string[] | undefined
  /** `Kind` or `group/Kind`. */
  readonly kinds?: readonly string[] | undefined
  /** Default true. */
  readonly cluster_scoped?: boolean | undefined
}

export type Source = {
  /** Default `auto`: by what the folder holds. */
  readonly renderer?: 'auto' | 'plain' | 'kustomize' | 'helm' | undefined
  readonly helm?: HelmSource | undefined
  /** Only in answers: which kind of key was given for encrypted files. */
  readonly decryption?: 'age' | '' | undefined
}

export type HelmSource = {
  /** Default: the id of the workflow. */
  readonly release_name?: string | undefined
  /** Relative to the target path; later ones win. */
  readonly values_files?: readonly string[] | undefined
  /** Win over all files. */
  readonly values?: { readonly [name: string]: JsonV1 } | undefined
}

/** What is left out matches all; `*` in a name or namespace stands for any text. */
type Objects = {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

export type IgnoreRule = Objects & {
  /** RFC 6901, such as `/spec/replicas`. */
  readonly json_pointers?: readonly string[] | undefined
  /** Whatever these field managers own is left to them. */
  readonly managers?: readonly string[] | undefined
}

export type SensitiveRule = Objects & { readonly json_pointers: readonly string[] }

/** Which syncs wait until a person has approved their plan. */
export type Approval = {
  /** All of them. Default false. */
  readonly required?: boolean | undefined
  /** Those with a change of this impact or a higher one. */
  readonly from_impact?: Impact | '' | undefined
  /** Who asked for the sync may approve it too. Default false. */
  readonly allow_requester?: boolean | undefined
  /** A sync that nobody has approved by then fails. A duration, default `24h`. */
  readonly expires?: string | undefined
}

/** The private key for files that SOPS encrypted. It is stored sealed, and nobody gets it back. */
export type Decryption = {
  /** Lines of an age key file; empty: the stored key is forgotten. */
  readonly age_key: string
}
