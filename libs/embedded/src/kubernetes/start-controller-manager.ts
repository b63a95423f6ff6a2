import type { Part } from '../process/part.ts'
import { startChild } from '../process/start-child.ts'
import type { Apiserver } from './start-apiserver.ts'

// What makes the built-in kinds work. Nothing that looks after nodes: the stand-in's are always well.
const controllers = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
  'replicationcontroller',
  'garbagecollector',
  'namespace',
  'endpoint',
  'endpointslice',
  'serviceaccount',
  'serviceaccount-token',
  'root-ca-cert-publisher',
  'clusterrole-aggregation',
  'pvc-protection',
  'pv-protection',
  'disruption',
  'horizontalpodautoscaling',
  'podgc',
  'resourcequota',
  'ttl-after-finished',
]

/** Starts kube-controller-manager. It listens on nothing; that it works shows in the cluster. */
export function startControllerManager(options: {
  /** Holds log and pid file. */
  readonly folder: string
  /** The kube-controller-manager to run. */
  readonly binary: string
  readonly apiserver: Pick<Apiserver, 'kubeconfig' | 'caFile' | 'identity'>
}): Promise<Part> {
  const { folder, binary, apiserver } = options
  const values = {
    kubeconfig: apiserver.kubeconfig,
    'leader-elect': false,
    // The default of 20 requests a second is meant for a server that many share; here it would be the slowest part of a rollout.
    'kube-api-qps': 500,
    'kube-api-burst': 1_000,
    'bind-address': '127.0.0.1',
    'secure-port': 0,
    'use-service-account-credentials': false,
    'service-account-private-key-file': apiserver.identity.serviceAccountKey,
    'root-ca-file': apiserver.caFile,
    controllers: controllers.join(','),
  }
  return startChild({
    name: 'kube-controller-manager',
    folder,
    command: binary,
    args: Object.entries(values).map(([name, value]) => `--${name}=${value}`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 3_000,
  })
}
