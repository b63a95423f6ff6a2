import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { isId, remoteKey } from '@plimsoll/domain'
import { inSpan } from '@plimsoll/runtime'
import { getSecret, webhookSecretId } from '../commands/credentials.ts'
import type { Dependencies } from '../dependencies.ts'
import { allRepositories } from '../queries/all-repositories.ts'
import { cloneUrls } from './clone-urls.ts'
import { isAuthentic } from './is-authentic.ts'
import { readBody } from './read-body.ts'
import { requestPoll } from './request-poll.ts'

const limitBytes = 1024 * 1024

type Answer = { readonly status: 202 | 401 | 404 | 405 | 413 | 503; readonly text: string }
type Request = IncomingMessage | Http2ServerRequest

/**
 * `POST /webhook/<repository id>`, signed with the repository's secret, or `POST /webhook`, signed with the installation's.
 * The signature is checked over the raw body before anything is parsed, and all that a webhook can do is to have a registered
 * remote polled. The answer does not tell which repositories exist.
 */
export function webhook(dependencies: Dependencies) {
  return (path: string, request: Request, response: ServerResponse | Http2ServerResponse): void => {
    void inSpan('webhook', null, () => receive(dependencies, path, request))
      .catch((error: unknown): Answer => {
        dependencies.logger.error({ err: error }, 'a webhook failed')
        return { status: 503, text: 'try again later' }
      })
      .then(({ status, text }) => {
        // What was not read is not worth reading: the connection ends with the answer.
        const headers = {
          'content-type': 'text/plain',
          ...(status === 413 && request.httpVersionMajor < 2 && { connection: 'close' }),
        }
        ;(response as ServerResponse).writeHead(status, headers).end(`${text}\n`)
      })
  }
}

async function receive(dependencies: Dependencies, path: string, request: Request): Promise<Answer> {
  const { log, logger } = dependencies
  if (request.method !== 'POST') return { status: 405, text: 'send a POST' }
  const id = path === '/webhook' ? '' : path.slice('/webhook/'.length)
  if (id !== '' && !isId(id)) return { status: 404, text: 'no such path' }
  const body = await readBody(request, limitBytes)
  if (body === undefined) return { status: 413, text: `a webhook has at most ${limitBytes} bytes` }
  const secret = await secretOf(dependencies, id)
  if (secret === undefined || !isAuthentic(request.headers, body, secret))
    return { status: 401, text: 'the signature is not right' }
  const ids = id === '' ? await matching(dependencies, cloneUrls(body)) : [id]
  for (const repository of ids) await requestPoll(log, repository, { commandId: randomUUID(), actor: 'webhook' })
  logger.info({ repositories: ids }, 'a webhook came')
  return { status: 202, text: 'accepted' }
}

async function secretOf(dependencies: Dependencies, id: string): Promise<string | undefined> {
  const place = webhookSecretId(id)
  const own = id === '' ? undefined : await getSecret(dependencies, place, place)
  return own ?? dependencies.webhookSecret
}

async function matching({ log }: Dependencies, urls: readonly string[]): Promise<string[]> {
  const keys = new Set(urls.map(remoteKey).filter((key) => key !== undefined))
  if (keys.size === 0) return []
  const repositories = await allRepositories(log)
  return repositories.filter(({ url }) => keys.has(remoteKey(url) ?? '')).map(({ id }) => id)
}
