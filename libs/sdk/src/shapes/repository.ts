import type { WhyOptions } from './options.ts'

/** How to open a remote. Credentials go in and never come out again. */
export type Credentials =
  | { readonly type: 'token'; readonly token: string; readonly username?: string | undefined }
  | { readonly type: 'userpass'; readonly username: string; readonly password: string }
  | { readonly type: 'ssh'; readonly ssh_key: string; readonly passphrase?: string | undefined }
  /** Those that are stored are forgotten. */
  | { readonly type: 'none' }

type RepositorySettings = {
  readonly branch?: string | undefined
  readonly credentials?: Credentials | undefined
  /** A duration such as `30s`, the default. */
  readonly poll_interval?: string | undefined
  /** PEM certificates that are trusted beside the system's. */
  readonly ca?: string | undefined
  readonly proxy?: string | undefined
  /** Lines of a known_hosts file; for ssh. */
  readonly known_hosts?: string | undefined
  /** What the forge signs its webhooks with. */
  readonly webhook_secret?: string | undefined
}

export type RepositoryConfig = WhyOptions &
  RepositorySettings & {
    /** Default: derived from url and branch, so that a script that runs twice finds what it made. */
    readonly id?: string | undefined
    /** http, https, ssh or `git@host:path`; without a password. */
    readonly url: string
  }

/** What is left out stays; an empty `ca`, `proxy`, `known_hosts` or `webhook_secret` is none. */
export type RepositoryUpdate = WhyOptions & RepositorySettings & { readonly url?: string | undefined }

export type Repository = {
  readonly id: string
  readonly url: string
  readonly branch: string
  /** A duration such as `30s`. */
  readonly poll_interval: string
  /** Empty when there are none. */
  readonly credentials_type: 'token' | 'userpass' | 'ssh' | ''
  readonly ca: string
  readonly proxy: string
  readonly known_hosts: string
  /** The newest commit of the branch; absent until it was read once. */
  readonly head?: ObservedRevision
  /** Why the remote cannot be read. */
  readonly failure?: SourceFailure
  /** Ids of the workflows that are read from it. Only of `getRepository` and `listRepositories`. */
  readonly workflows: readonly string[]
}

export type ObservedRevision = {
  readonly revision: string
  readonly message: string
  readonly author: string
  /** RFC 3339 */
  readonly committed_at?: string
}

export type SourceFailure = {
  /** `unreachable`, `auth-refused`, `not-found`, `branch-missing`, `host-key`, `tls`, … */
  readonly kind: string
  readonly message: string
  readonly retryable: boolean
  /** Since when the remote cannot be read, RFC 3339. */
  readonly since?: string
}
