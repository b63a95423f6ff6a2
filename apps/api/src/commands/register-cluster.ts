import {
  clusterConfig,
  clusterDecider,
  clusterStream,
  initialClusterRow,
  registerCluster as decideRegistration,
  type ClusterConfig,
} from '@plimsoll/domain'
import { inTransaction, lockStream, overLostConnections, transact } from '@plimsoll/event-log'
import type { Session } from '@plimsoll/event-log'
import { poke } from '@plimsoll/jetstream'
import { checkCluster, credentialExpiry, KubernetesError, openCluster, refuseAddress } from '@plimsoll/kubernetes'
import type { CheckedCluster, GivenAccess } from '@plimsoll/kubernetes'
import type { RegisterClusterRequest } from '@plimsoll/proto'
import { clusterCredentials, registryTopic } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toCluster } from '../messages/cluster-message.ts'
import { standingCluster } from '../queries/cluster-of.ts'
import { workflowsByUse, workflowsInNow } from '../queries/workflows-using.ts'
import { invalid, precondition } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { readClusterAccess } from './cluster-access.ts'

/** Registers a cluster that was reached with what is given, or makes the one of that id so. */
export function registerCluster(dependencies: Dependencies) {
  return async (request: RegisterClusterRequest, call: Call) => {
    const { log, js, installationKey } = dependencies
    const access = await readClusterAccess(request)
    const { credential, ...given } = access
    const fingerprint = clusterCredentials(log, installationKey).fingerprintOf(request.id, credential)
    const told = clusterConfig({ ...given, id: request.id, credentials: credential.type, fingerprint })
    if (!told.ok) throw invalid(told.problems)
    const checked = await check(dependencies, access, request, call.signal)
    const config = { ...told.value, uid: checked?.uid ?? null }

    const stream = clusterStream(config.id)
    const cause = causeOf(call, request)
    // Together: what the log names is there, and what it does not name is not.
    const { version, events, state } = await overLostConnections(log, () =>
      inTransaction(log, async (tx) => {
        await lockStream(tx, stream)
        await refuseAnother(tx, config, request.force)
        const credentials = clusterCredentials(tx, installationKey)
        await credentials.put(config.id, credential)
        const registered = await transact(
          tx,
          { stream, cause, decider: clusterDecider },
          decideRegistration(config, checked?.version ?? null),
        )
        await credentials.forget(config.id, registered.state.config?.fingerprint)
        return registered
      }),
    )
    log.hints?.onAppend?.()
    poke(js, registryTopic)
    const row = { ...initialClusterRow, ...state }
    return {
      cluster: toCluster(
        config.id,
        row,
        (await workflowsByUse(log)).ofCluster(config.id),
        credentialExpiry(credential),
      ),
      changed: events.length > 0,
      token: formatToken(stream, version),
    }
  }
}

const patienceMs = 10_000

/** Asks the server once. Undefined if it did not answer so and is registered all the same. @throws RefusalError */
async function check(
  { allowLoopbackClusters: allowLoopback }: Dependencies,
  access: GivenAccess,
  { id, force }: RegisterClusterRequest,
  signal: AbortSignal,
): Promise<CheckedCluster | undefined> {
  const options = { access, refuseAddress: refuseAddress({ allowLoopback }), requestTimeoutMs: patienceMs }
  await using cluster = await openCluster(options)
  try {
    return await checkCluster(cluster, AbortSignal.any([signal, AbortSignal.timeout(2 * patienceMs)]))
  } catch (error) {
    if (signal.aborted) throw error
    const because = reasonOf(error)
    if (force && !refusedAddress.test(because)) return undefined
    throw precondition(`The cluster ${id} is not registered`, access.server, because, remedyOf(error, because))
  }
}

/** What is no API server is not quoted: whoever registers it must not read other services by that. */
function reasonOf(error: unknown): string {
  if (error instanceof KubernetesError && error.status > 0 && error.reason === '')
    return `it answered ${error.status}, and not as an API server does`
  if (error instanceof SyntaxError) return 'it answered, and not as an API server does'
  return error instanceof Error ? error.message : String(error)
}

/** An address that is not connected to is none that one insists on. */
const refusedAddress = /is this machine itself|is link-local|is no address of a server/

function remedyOf(error: unknown, because: string): string {
  const kind = error instanceof KubernetesError ? error.kind : undefined
  if (/is this machine itself/.test(because))
    return 'Name an address that every service can reach, or let the operator set PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS.'
  if (refusedAddress.test(because)) return 'Name the address of the API server.'
  if (kind === 'unauthorized') return 'Give a token or certificate that the server takes and that has not expired.'
  if (kind === 'untrusted')
    return 'Give the certificate authority of the server (`ca`, `--ca-file`), or its name (`tls_server_name`).'
  return 'Check the address from where the services run; to register it as it is, add `force` (`--force`).'
}

/** Another cluster in place of one that workflows use would leave their objects behind, and look as if they were gone. */
async function refuseAnother(tx: Session, config: ClusterConfig, force: boolean): Promise<void> {
  const { config: standing } = (await standingCluster(tx, config.id)).state
  if (standing === null || standing.uid === config.uid || (standing.server === config.server && config.uid === null))
    return
  const isUnsure = standing.uid === null || config.uid === null
  if (isUnsure && (force || standing.server === config.server)) return
  const users = await workflowsInNow(tx, config.id)
  if (users.length === 0) return
  throw precondition(
    `The cluster ${config.id} is not changed`,
    config.server,
    `${isUnsure ? 'it cannot be told whether the same cluster is there' : 'another cluster is there'}, and workflows use it: ${users.join(', ')}`,
    `Register it under another id, and create workflows there${isUnsure ? '; if it is the same, add `force` (`--force`)' : ''}.`,
  )
}
