import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listeningAddresses } from '../../test/listening.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { findOrBuildTool } from '../tools/toolbox.ts'
import { startNats } from './start-nats.ts'

const { path: binary } = await findOrBuildTool('nats-server')

/** The client does not read the credentials out of a URL. */
function access(url: string) {
  const { username, password, host } = new URL(url)
  return { servers: host, user: username, pass: decodeURIComponent(password) }
}

test('a restart keeps the streams, the port and the password', async () => {
  using folder = temporaryFolder()
  const first = await startNats({ folder: folder.path, binary })
  const before = await connect(access(first.url))
  await (await jetstreamManager(before)).streams.add({ name: 'LOG', subjects: ['log.>'] })
  await jetstream(before).publish('log.one', 'kept')
  await before.close()
  await first.stop()

  await using second = await startNats({ folder: folder.path, binary })
  expect(second.url).toBe(first.url)
  const after = await connect(access(second.url))
  const { state } = await (await jetstreamManager(after)).streams.info('LOG')
  expect(state.messages).toBe(1)
  await after.close()
})

test('it listens on loopback only, and lets nobody in without the password', async () => {
  using folder = temporaryFolder()
  await using nats = await startNats({ folder: folder.path, binary })
  expect(listeningAddresses(nats.pid)).toEqual(['0100007F'])
  await expect(connect({ servers: new URL(nats.url).host })).rejects.toThrow(/authorization/i)
  for (const file of ['password', 'nats-server.conf']) {
    expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600)
  }
})
