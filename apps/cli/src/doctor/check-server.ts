import type { GetSystemStatusResponse } from '@plimsoll/proto'
import { connect, type ServerOptions } from '../client.ts'
import type { Io } from '../io.ts'
import { troublesOf } from '../output/troubles.ts'
import { fail, ok, type Check } from './check.ts'

/** The server and what it stands on, as it says itself. `logs` is where the parts write to, when that is here. */
export async function checkServer(io: Io, options: ServerOptions, logs: string | undefined): Promise<readonly Check[]> {
  try {
    await using connection = await connect(io, options)
    const { url: server } = connection
    try {
      return checksOf(await connection.system.getSystemStatus({}, { timeoutMs: 10_000 }), server, logs)
    } catch (error) {
      const [trouble] = troublesOf(error)
      if (trouble?.where === 'postgres')
        return [ok('api', server), fail('postgres', trouble.because, remedyOf('postgres', logs))]
      const name = trouble?.where === 'authorization' ? 'token' : 'api'
      return [fail(name, `${server}: ${trouble?.because ?? ''}`, trouble?.try ?? '')]
    }
  } catch (error) {
    const [trouble] = troublesOf(error)
    return [fail('server', `${trouble?.what}: ${trouble?.because}`, trouble?.try ?? '')]
  }
}

function checksOf(status: GetSystemStatusResponse, server: string, logs: string | undefined): readonly Check[] {
  return [
    ok('api', `${server}, version ${status.version}, log at position ${status.position}`),
    ok('token', `known as ${status.actor}`),
    ok('auto-sync', status.autoSync ? 'started' : 'stopped: `plimsoll auto-sync start` applies new commits by itself'),
    ...status.parts.map(({ name, ok: good, message }) =>
      good ? ok(name, message) : fail(name, message, remedyOf(name, logs)),
    ),
  ]
}

/** `plimsoll up` starts its own parts again; elsewhere somebody else does. */
function remedyOf(name: string, logs: string | undefined): string {
  const again = logs === undefined ? 'Start it again' : 'It is started again by itself'
  const where = (file: string) => (logs === undefined ? '' : `; if it stays so, look into ${logs}/${file}`)
  if (name === 'postgres') return `${again}${where('postgres/postgres.log')}. Nothing is lost.`
  if (name === 'jetstream') return `${again}${where('nats/nats-server.log')}. Nothing is lost: the log is in Postgres.`
  if (name.startsWith('cluster/'))
    return `See whether its API server answers: kubectl get --raw /readyz${where('cluster/apiserver/kube-apiserver.log')}. It is tried again until it does.`
  return `Look at the log of this service${logs === undefined ? '' : ` (${logs}/plimsoll.log)`}, and start it again.`
}
