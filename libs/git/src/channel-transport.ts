import type { GitHttpRequest, GitHttpResponse } from 'isomorphic-git'
import { cappedBody } from './capped-body.ts'
import { refusal } from './classify.ts'
import type { Channel } from './channel.ts'
import { openProcessChannel } from './open-process-channel.ts'
import type { openSshChannel } from './open-ssh-channel.ts'
import type { ParsedUrl } from './parse-remote-url.ts'
import { SourceError } from './source-error.ts'
import type { Transport, TransportContext } from './transport.ts'

const service = 'git-upload-pack'
const flush = Buffer.from('0000')

/**
 * Speaks Git's own protocol over one channel in the shape of two HTTP requests: the GET is what the server says first,
 * the POST all that follows.
 */
export function openChannelTransport(
  context: TransportContext,
  parsed: Exclude<ParsedUrl, { transport: 'http' }>,
): Transport {
  const { remote, limits } = context
  let channel: Channel | undefined
  let answered = false

  const fail = (error: unknown): Error => context.fail(error instanceof SourceError ? error : refusal(remote, ''))
  const respond = (body: AsyncIterable<Uint8Array>, kind: string): GitHttpResponse => ({
    url: parsed.url,
    statusCode: 200,
    statusMessage: 'OK',
    headers: { 'content-type': `application/x-${service}-${kind}` },
    body: cappedBody(remote, limits.maxBytes, body, fail),
  })

  const advertise = async (): Promise<GitHttpResponse> => {
    channel =
      parsed.transport === 'ssh' ? await sshChannel(context, parsed) : openProcessChannel(parsed.path, context.signal)
    return respond(advertisement(context, channel), 'advertisement')
  }
  const send = async ({
    body = [],
  }: Pick<GitHttpRequest, 'body'> | { body: Uint8Array[] }): Promise<GitHttpResponse> => {
    if (channel === undefined) throw new Error('the server has not spoken yet')
    for await (const chunk of body) channel.write(chunk)
    channel.end()
    answered = true
    return respond(answer(context, channel), 'result')
  }

  return {
    // isomorphic-git takes nothing but http URLs; the host is never looked up.
    url: 'http://channel/repository',
    protocolVersion: 1,
    http: {
      request: async (asked) => {
        try {
          return await (asked.method === 'POST' ? send(asked) : advertise())
        } catch (error) {
          throw fail(error)
        }
      },
    },
    [Symbol.asyncDispose]: async () => {
      // Says that nothing is wanted, so that the server ends without a complaint.
      if (!answered) channel?.write(flush)
      channel?.end()
      channel?.close()
    },
  }
}

/** Loaded by who needs it: few remotes are reached over SSH, and the library takes megabytes. */
async function sshChannel(...asked: Parameters<typeof openSshChannel>): Promise<Channel> {
  const { openSshChannel } = await import('./open-ssh-channel.ts')
  return openSshChannel(...asked)
}

/** The server's list of refs as HTTP would wrap it. Reads to its flush packet and not further. */
async function* advertisement(context: TransportContext, channel: Channel): AsyncGenerator<Uint8Array> {
  const line = `# service=${service}\n`
  yield Buffer.from(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`)
  let pending = Buffer.alloc(0)
  for (;;) {
    const { value, done } = await channel.output.next()
    if (done) throw await ending(context, channel)
    pending = Buffer.concat([pending, value])
    let at = 0
    while (pending.length >= at + 4) {
      const length = Number.parseInt(pending.toString('latin1', at, at + 4), 16)
      if (Number.isNaN(length)) throw refusal(context.remote, 'it does not speak Git')
      if (length === 0) return yield pending.subarray(0, at + 4)
      if (pending.length < at + length) break
      at += Math.max(length, 4)
    }
    yield pending.subarray(0, at)
    pending = pending.subarray(at)
  }
}

async function* answer(context: TransportContext, channel: Channel): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await channel.output.next()
    if (done) break
    yield value
  }
  const { code } = await channel.ended
  if (code !== 0) throw await ending(context, channel)
}

async function ending(context: TransportContext, channel: Channel): Promise<SourceError> {
  const { error } = await channel.ended
  return refusal(context.remote, error)
}
