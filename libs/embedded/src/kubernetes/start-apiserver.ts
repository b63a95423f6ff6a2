import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../process/part.ts'
import { keptPort } from '../process/ports.ts'
import { startChild } from '../process/start-child.ts'
import { untilReady } from '../process/until-ready.ts'
import { dropEndingCertificate, keptIdentity, type Identity } from './identity.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { openApi } from './open-api.ts'

export type ApiserverOptions = {
  /** Holds certificate, keys, tokens, kubeconfigs, log and pid file. */
  readonly folder: string
  /** The kube-apiserver to run. */
  readonly binary: string
  /** Where its etcd lives; need not answer yet. */
  readonly etcd: { readonly folder: string; readonly url: string }
  /** Apiservers with different prefixes can share one etcd: each is a cluster of its own. Default `/registry`. */
  readonly etcdPrefix?: string
  /** A fixed port instead of a free one that is kept. */
  readonly port?: number
}

export type Apiserver = Part & {
  readonly port: number
  readonly server: string
  /** The certificates that clients trust, PEM. */
  readonly ca: string
  readonly caFile: string
  readonly identity: Identity
  /** Files, mode 0600. */
  readonly kubeconfig: string
  readonly unprivilegedKubeconfig: string
}

/** Starts kube-apiserver on loopback with a certificate, tokens and keys that are made once, and waits until it is ready. */
export async function startApiserver(options: ApiserverOptions): Promise<Apiserver> {
  const { folder, binary, etcd } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const port = options.port ?? (await keptPort(folder, 'kube-apiserver'))
  const identity = keptIdentity(folder)
  dropEndingCertificate(folder)
  const child = await startChild({
    name: 'kube-apiserver',
    folder,
    command: binary,
    args: flags(folder, port, identity, etcd.url, options.etcdPrefix),
    // The address of etcd is a socket in this folder.
    cwd: etcd.folder,
    // It keeps no state of its own, and asked kindly it would wait for every open watch.
    stopSignal: 'SIGKILL',
    stopTimeoutMs: 10_000,
  })
  const server = `https://127.0.0.1:${port}`
  const caFile = join(folder, 'apiserver.crt')
  await untilReady(child, async () => {
    using api = openApi({ server, ca: readFileSync(caFile, 'utf8'), token: identity.tokens.admin })
    return (await api.request('GET', '/readyz')).status === 200
  })

  const ca = readFileSync(caFile, 'utf8')
  const kubeconfig = join(folder, 'admin.kubeconfig')
  const unprivilegedKubeconfig = join(folder, 'unprivileged.kubeconfig')
  writeKubeconfig(kubeconfig, { server, ca, user: 'admin', token: identity.tokens.admin })
  writeKubeconfig(unprivilegedKubeconfig, { server, ca, user: 'unprivileged', token: identity.tokens.unprivileged })
  return { ...child, port, server, ca, caFile, identity, kubeconfig, unprivilegedKubeconfig }
}

function flags(
  folder: string,
  port: number,
  identity: Identity,
  etcd: string,
  prefix = '/registry',
): readonly string[] {
  const values = {
    'etcd-servers': etcd,
    'etcd-prefix': prefix,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': port,
    // Without --tls-cert-file it makes a certificate of its own here, and its CA beside it.
    'cert-dir': folder,
    'token-auth-file': identity.tokenFile,
    'anonymous-auth': false,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': identity.serviceAccountPublicKey,
    'service-account-signing-key-file': identity.serviceAccountKey,
    // A /24 holds 254 Services; then every apply of one is answered with 500.
    'service-cluster-ip-range': '10.0.0.0/16',
    // Nobody reaches this cluster through the `kubernetes` Service, and 127.0.0.1 is no address for an endpoint.
    'endpoint-reconciler-type': 'none',
    'disable-admission-plugins': 'ServiceAccount,TaintNodesByCondition',
    'allow-privileged': true,
  }
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
