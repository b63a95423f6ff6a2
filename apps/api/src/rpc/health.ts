import { setTimeout as sleep } from 'node:timers/promises'
import type { DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { head } from '@plimsoll/event-log'
import { HealthCheckResponse_ServingStatus as Serving, type HealthCheckRequest } from '@plimsoll/proto'
import type { Dependencies } from '../dependencies.ts'

const watchMs = 2_000

/** The gRPC health protocol: a service serves while the log can be read. */
export function health({ log }: Pick<Dependencies, 'log'>, services: readonly DescService[]) {
  const names = new Set(['', ...services.map(({ typeName }) => typeName)])
  const statusNow = async () => ({
    status: await head(log).then(
      () => Serving.SERVING,
      () => Serving.NOT_SERVING,
    ),
  })
  return {
    check({ service }: HealthCheckRequest) {
      if (!names.has(service)) throw new ConnectError(`there is no service ${service}`, Code.NotFound)
      return statusNow()
    },
    async *watch({ service }: HealthCheckRequest, { signal }: HandlerContext) {
      if (!names.has(service)) yield { status: Serving.SERVICE_UNKNOWN }
      for (let sent: Serving | undefined; !signal.aborted;) {
        const now = names.has(service) ? await statusNow() : undefined
        if (now !== undefined && now.status !== sent) yield now
        sent = now?.status
        await sleep(watchMs, undefined, { signal }).catch(() => {})
      }
    },
  }
}
