/** How to prove who asks. A token is sent as the password of Basic authentication, which every forge accepts. */
export type Credentials =
  | { readonly type: 'token'; readonly token: string; readonly username?: string }
  | { readonly type: 'userpass'; readonly username: string; readonly password: string }
  | {
      readonly type: 'ssh'
      /** Private key, OpenSSH or PEM text. */
      readonly ssh_key: string
      readonly passphrase?: string
      /** Text of a known_hosts file for this credential; wins over the remote's own. */
      readonly known_hosts?: string
    }

/** One branch of one Git remote, with what it takes to reach it. */
export type Remote = {
  readonly url: string
  readonly branch: string
  readonly credentials?: Credentials
  /** PEM certificates that the server's certificate must lead to, in place of the public roots. */
  readonly ca?: string
  /** URL of an HTTP proxy. */
  readonly proxy?: string
  /** Text of a known_hosts file. */
  readonly knownHosts?: string
  /** Whether a local folder may be a remote: only where the user owns the machine. */
  readonly allowFile?: boolean
  /** What is read where it is not the branch, for messages. */
  readonly reading?: string
}
