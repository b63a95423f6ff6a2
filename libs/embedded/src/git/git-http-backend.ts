import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { gitEnvironment } from './git-repository.ts'

/** Answers one request by Git's own CGI program. */
export async function gitHttpBackend(
  root: string,
  user: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_USER: user,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    },
  })
  response.on('close', () => child.kill('SIGKILL'))
  request.pipe(child.stdin.on('error', () => undefined))
  await answer(child.stdout, response)
}

/** A CGI program prints headers, an empty line, and the body. */
async function answer(output: Readable, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0)
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) continue
    writeHead(response, head.toString('latin1', 0, end))
    response.write(head.subarray(end + 4))
    return void output.pipe(response)
  }
  response.writeHead(500).end()
}

function writeHead(response: ServerResponse, text: string): void {
  let status = 200
  for (const line of text.split('\r\n')) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
  response.writeHead(status)
}
