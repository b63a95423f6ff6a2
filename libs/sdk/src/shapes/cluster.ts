import type { WhyOptions } from './options.ts'

/** By a kubeconfig, or by `server` and `token`. */
export type ClusterConfig = WhyOptions & {
  /** What workflows name as `destination.cluster`. */
  readonly id: string
  /** A kubeconfig with certificates and credentials inside: no paths, no programs. */
  readonly kubeconfig?: string | undefined
  /** Default: the kubeconfig's current one. */
  readonly context?: string | undefined
  /** `https://host:port` */
  readonly server?: string | undefined
  /** A bearer token, as of a service account. */
  readonly token?: string | undefined
  /** PEM certificates to trust. Default: the system's. */
  readonly ca?: string | undefined
  /** What the server's certificate is for, if not the host of `server`. */
  readonly tls_server_name?: string | undefined
  /** `http://host:port` */
  readonly proxy?: string | undefined
  /** Registers it although it cannot be reached or refuses the credentials. Default false. */
  readonly force?: boolean | undefined
}

/** A Kubernetes cluster that workflows may name. Credentials go in and never come out again. */
export type Cluster = {
  /** `default` is the operator's, which the services have from their own settings. */
  readonly id: string
  readonly server: string
  /** Of the kubeconfig that it was registered by; empty without one. */
  readonly context: string
  readonly ca: string
  readonly tls_server_name: string
  readonly proxy: string
  /** Empty for `default`. */
  readonly credentials_type: 'token' | 'certificate' | ''
  /** `unknown` before anyone has tried. */
  readonly state: 'reachable' | 'away' | 'unknown'
  /** Why it is away. */
  readonly message: string
  /** Since when it is reachable or away, RFC 3339. */
  readonly since?: string
  /** Of its API server, as `1.36.4`; empty if it was never asked. */
  readonly version: string
  /** Ids of the workflows that name it. */
  readonly workflows: readonly string[]
  /** False for `default`. */
  readonly registered: boolean
  /** When its token or certificate expires, RFC 3339; absent of one that does not, or does not tell. */
  readonly credentials_expire_at?: string
}
