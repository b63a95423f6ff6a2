import { defaultCluster } from '@plimsoll/domain'
import { head } from '@plimsoll/event-log'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { untilAllShown } from '../wait/until-shown.ts'
import { allShown, shown } from './status-model.ts'

const mostClusters = 100

/** How the parts are that Plimsoll stands on, as far as the api can see them. */
export function getSystemStatus(dependencies: Dependencies) {
  return async (_request: unknown, call: Call) => {
    const { log, js, version } = dependencies
    const connected = js.isConnected()
    const caughtUp = await untilAllShown(dependencies, call)
    const { position } = await head(log)
    const system = await shown(log, 'system', '')
    return {
      version,
      actor: call.actor,
      autoSync: system?.body.autoSync ?? false,
      position: BigInt(position),
      parts: [
        { name: 'postgres', ok: true, message: 'answers' },
        {
          name: 'jetstream',
          ok: connected,
          message: connected ? 'connected' : 'not connected: changes are noticed later',
        },
        {
          name: 'projection',
          ok: caughtUp,
          message: caughtUp ? 'shows the whole log' : 'does not keep up with the log, or does not run',
        },
        ...(await clusters(dependencies)),
      ],
    }
  }
}

async function clusters({ log }: Dependencies) {
  const rows = await allShown(log, 'cluster', { after: '', limit: mostClusters })
  const standing = rows.filter(({ id, body }) => id === defaultCluster || body.config !== null)
  return standing.map(({ id, body: { reachable, message } }) => ({
    name: `cluster/${id}`,
    ok: reachable === true,
    message: reachable === true ? 'answers' : (message ?? 'not reached yet'),
  }))
}
