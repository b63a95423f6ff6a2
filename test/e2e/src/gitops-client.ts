import { createClient, type Client } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { createToken } from '@plimsoll/event-log'
import { GitOpsService } from '@plimsoll/proto'
import type { Installation } from './installation.ts'
import type { ServiceProcess } from './service-process.ts'

/** A client of an api that runs as a process on a free port, with an administrator's token. */
export async function openGitOpsClient(
  { log }: Installation,
  api: ServiceProcess,
): Promise<Client<typeof GitOpsService>> {
  const token = await createToken(log, 'tester', 'admin')
  const [, baseUrl = ''] = /"url":"([^"]+)"/.exec(api.output()) ?? []
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: '2',
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${token}`)
        return next(request)
      },
    ],
  })
  return createClient(GitOpsService, transport)
}
