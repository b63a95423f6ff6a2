/** `because` is a sentence without its end. */
export type HostProblem = { readonly host: string; readonly port: number; readonly because: string }

export type SandboxedRun = {
  /** A name among `programs`, or the absolute path of a program in a folder of `readOnly`, as `/bin/sh`. */
  readonly command: string
  readonly args: readonly string[]
  /** What lies in the folder that the program is started in, by relative path. Never on a disk. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Absolute paths on this machine, by the names that they get on the sandbox's PATH. */
  readonly programs: Readonly<Record<string, string>>
  /**
   * Folders, files and links of this machine that the program sees at their own place and may read and run: see
   * `systemFolders` and `certificateFolders`. With any of them the sandbox has no local (Unix) sockets, as one that
   * lies in such a folder would lead out. /tmp, which is HOME, and /work stay what may be written. Default none.
   */
  readonly readOnly?: readonly string[]
  /** Besides PATH, HOME and TMPDIR (and with `proxy` the variables of proxies) nothing else is in its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Ways to single servers. Default none. */
  readonly forwards?: readonly Forward[]
  /** A way to the servers that are allowed, over HTTP and HTTPS. Default none. */
  readonly proxy?: ProxyRules
  readonly limits: SandboxLimits
  /**
   * What becomes of a run that writes more than `limits.outputBytes`: an error (default, and always with `collect`), or its
   * last bytes are kept.
   */
  readonly onMuchOutput?: 'fail' | 'keep-tail'
  /** Hears what it writes while it runs, in pieces that may end within a line or a character. Must not throw. */
  readonly onOutput?: (piece: Uint8Array, stream: 'stdout' | 'stderr') => void
  /**
   * Folders below the one that it is started in. If it ends with code 0, the files in them are in the output; what it
   * writes to standard output comes with standard error then. Links and pipes are left out.
   * All of it counts as output. Default none.
   */
  readonly collect?: readonly string[]
  /** A /proc of its own, where the system allows it. Default false. */
  readonly proc?: boolean
  readonly signal?: AbortSignal
  /**
   * Until when it may run. Asked every second; all of it ends at the instant that was told last, also while this process stands
   * still and cannot end it. Default: for as long as this process lives.
   */
  readonly heldUntil?: () => Date
}

export type SandboxOutput = {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** 128 and the number of the signal for a program that died of one. */
  readonly exitCode: number
  /** What it left in the folders of `collect`, by relative path. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** What it wanted to reach and is not allowed, whatever it made of the refusal. */
  readonly refused: readonly HostProblem[]
  /** What it may reach and what did not answer. */
  readonly unreachable: readonly HostProblem[]
  /** How many bytes were written before those that were kept; 0 without `keep-tail`. */
  readonly droppedBytes: number
}

/**
 * Who connects to 127.0.0.1:`port` in the sandbox is connected to `host`:`to` as seen from this machine, which may be an
 * address of loopback. At most 64.
 */
export type Forward = { readonly port: number; readonly host: string; readonly to: number }

/**
 * An HTTP proxy on the sandbox's own loopback, with HTTP_PROXY, HTTPS_PROXY and NO_PROXY set for the program, also in
 * lower case. It resolves names on this machine and connects to what it looked at.
 */
export type ProxyRules = {
  /**
   * `host`, `host:port`, `*.suffix` or `*.suffix:port`; without a port 80 and 443. Loopback, link-local, private and
   * other special addresses are reached only by the exact name or address of a host. At most 200. Names at and below
   * `localhost` are this machine.
   */
  readonly allow: readonly string[]
  /** Where a user or operator can allow more: refusals name it. */
  readonly setting?: string
}

export type SandboxLimits = {
  readonly timeoutMs: number
  /** Of all its processes together. */
  readonly memoryBytes: number
  /** Of standard output and standard error together; with `keep-tail`, of each. */
  readonly outputBytes: number
  /** Of all its files together, those given included. They lie in memory. */
  readonly diskBytes: number
  /** Threads count. Default 256. */
  readonly processes?: number
}
