export type ToolName =
  | 'nats-server'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kubectl'
  | 'kustomize'
  | 'helm'
  | 'plimsoll-sandbox'

/** What we know of a tool: which version we build, from what, and which versions found elsewhere will do. */
export type KnownTool = {
  readonly version: string
  /** The folder under `tools/` whose go.mod pins the source, or which holds it. */
  readonly module: 'nats' | 'etcd' | 'kube' | 'kustomize' | 'helm' | 'sandbox'
  readonly package: string
  readonly ldflags: string
  readonly versionArguments: readonly string[]
  /** The oldest version that will do, of the same major version. */
  readonly oldest: string
  /** Whether the minor version must be the same too. */
  readonly sameMinor: boolean
  /** What a user can have in its place, as a sentence. */
  readonly instead?: string
  /** Free disk that a build needs, in bytes: modules, build cache and the binary. */
  readonly buildBytes: number
}

const mebi = 1024 ** 2
const strip = '-s -w'
/** Of our own launcher: raise it with each change of its source, or what is cached goes on to be used. */
const sandboxVersion = '1.8.0'
const ownCluster = 'use a cluster of your own with `--kubeconfig FILE`'

function kube(command: string, versionArguments: readonly string[]): KnownTool {
  const version = '1.36.4'
  return {
    version,
    module: 'kube',
    package: `k8s.io/kubernetes/cmd/${command}`,
    ldflags: [strip, ...versionStamps(version)].join(' '),
    versionArguments,
    // 1.36.0 to 1.36.2 answer some server-side applies with 422 (kubernetes#140296).
    oldest: '1.36.3',
    sameMinor: true,
    ...(command !== 'kubectl' && { instead: ownCluster }),
    buildBytes: 4_500 * mebi,
  }
}

/** Without them the binaries call themselves v0.0.0-master, and kubectl does not even print that. */
function versionStamps(version: string): readonly string[] {
  const [gitMajor, gitMinor] = version.split('.')
  const values = {
    gitVersion: `v${version}`,
    gitMajor,
    gitMinor,
    gitTreeState: 'archive',
    gitCommit: 'unknown',
    buildDate: '1970-01-01T00:00:00Z',
  }
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  )
}

export const knownTools: Readonly<Record<ToolName, KnownTool>> = {
  'nats-server': {
    version: '2.14.5',
    module: 'nats',
    package: 'github.com/nats-io/nats-server/v2',
    ldflags: strip,
    versionArguments: ['--version'],
    oldest: '2.12.0',
    sameMinor: false,
    instead: 'use a server of your own with `--nats URL`',
    buildBytes: 600 * mebi,
  },
  etcd: {
    version: '3.6.14',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    ldflags: strip,
    versionArguments: ['--version'],
    oldest: '3.6.5',
    sameMinor: true,
    instead: ownCluster,
    buildBytes: 900 * mebi,
  },
  'kube-apiserver': kube('kube-apiserver', ['--version']),
  'kube-controller-manager': kube('kube-controller-manager', ['--version']),
  kubectl: kube('kubectl', ['version', '--client']),
  kustomize: {
    version: '5.8.1',
    module: 'kustomize',
    package: 'sigs.k8s.io/kustomize/kustomize/v5',
    ldflags: `${strip} -X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1`,
    versionArguments: ['version'],
    oldest: '5.8.0',
    sameMinor: false,
    buildBytes: 300 * mebi,
  },
  helm: {
    version: '4.2.4',
    module: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    ldflags: `${strip} -X helm.sh/helm/v4/internal/version.version=v4.2.4`,
    versionArguments: ['version', '--short'],
    oldest: '4.2.0',
    sameMinor: false,
    buildBytes: 1_500 * mebi,
  },
  'plimsoll-sandbox': {
    version: sandboxVersion,
    module: 'sandbox',
    package: 'plimsoll.dev/tools/sandbox',
    ldflags: `${strip} -X main.version=${sandboxVersion}`,
    versionArguments: ['--version'],
    oldest: sandboxVersion,
    sameMinor: true,
    buildBytes: 200 * mebi,
  },
}

/** The variable that names a tool's file outright, as `PLIMSOLL_TOOL_KUBE_APISERVER`. */
export function settingOf(name: ToolName): string {
  return `PLIMSOLL_TOOL_${name.toUpperCase().replaceAll('-', '_')}`
}
