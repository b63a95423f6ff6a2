import { clusterDecider, clusterStream, systemDecider, systemStream } from '@plimsoll/domain'
import { foldStream, head } from '@plimsoll/event-log'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { streamIds } from './streams.ts'

const mostClusters = 100

/** How the parts are that Plimsoll stands on, as far as the api can see them. */
export function getSystemStatus(dependencies: Dependencies) {
  return async (_request: unknown, { actor }: Call) => {
    const { log, js, version } = dependencies
    const { position } = await head(log)
    const { state } = await foldStream(log, systemStream, systemDecider)
    const connected = js.isConnected()
    return {
      version,
      actor,
      autoSync: state.autoSync,
      position: BigInt(position),
      parts: [
        { name: 'postgres', ok: true, message: 'answers' },
        {
          name: 'jetstream',
          ok: connected,
          message: connected ? 'connected' : 'not connected: changes are noticed more slowly',
        },
        ...(await clusters(dependencies)),
      ],
    }
  }
}

async function clusters({ log }: Dependencies) {
  const ids = await streamIds(log, 'cluster', { after: '', limit: mostClusters })
  return Promise.all(
    ids.map(async (id) => {
      const { state } = await foldStream(log, clusterStream(id), clusterDecider)
      const message = state.reachable ? `Kubernetes ${state.version}` : (state.message ?? 'not reached yet')
      return { name: `cluster/${id}`, ok: state.reachable === true, message }
    }),
  )
}
