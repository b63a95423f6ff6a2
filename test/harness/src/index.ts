export { anotherCluster, type AnotherCluster } from './another-cluster.ts'
export {
  admissionWebhook,
  type AdmissionWebhook,
  type AdmissionWebhookOptions,
  type JsonPatch,
  type Verdict,
} from './admission-webhook.ts'
export { apiProxy, type ApiCall, type ApiProxy, type Intercepted } from './api-proxy.ts'
export { type Certificate, type CertificateOptions, createCertificate } from './certificate.ts'
export { cluster, type Cluster } from './cluster.ts'
export { freshDatabase, type FreshDatabase } from './fresh-database.ts'
export { freshNamespace } from './fresh-namespace.ts'
export { createGitRepository, type FileContent, type GitRepository } from '@plimsoll/embedded'
export { gitHttpServer, type GitHttpServer, type GitHttpServerOptions } from './git-http-server.ts'
export {
  gitSshServer,
  type GitSshServer,
  type GitSshServerOptions,
  lockedSshKeyPair,
  sshKeyPair,
  type SshKeyPair,
  type SshKeyType,
} from './git-ssh-server.ts'
export { typeInShell } from './kubectl.ts'
export { natsServer, type NatsServer, type NatsServerOptions } from './nats-server.ts'
export { queryProxy, type Caught, type Query, type QueryProxy } from './query-proxy.ts'
export { sandboxedTool } from './sandboxed-tool.ts'
export { startHarness, type Harness, type HarnessOptions } from './start-harness.ts'
export { tcpProxy, type TcpProxy } from './tcp-proxy.ts'
export { testEnvironment, type TestEnvironment } from './test-environment.ts'
export { testTool } from './test-tool.ts'
export { until, type UntilOptions } from './until.ts'
export { type Right, untilMay } from './until-may.ts'
