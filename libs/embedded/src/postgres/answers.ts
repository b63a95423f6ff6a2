import { connect } from 'node:net'

/** Whether a Postgres on loopback lets clients log in now: it asks for the password, and is neither starting nor stopping. */
export function postgresAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(startupMessage()))
    socket.setTimeout(2_000, () => socket.destroy())
    socket.once('data', (data) => {
      socket.destroy()
      // 'R' asks for authentication; 'E' is an error, as "the database system is starting up".
      resolve(data[0] === 'R'.charCodeAt(0))
    })
    socket.once('error', () => undefined)
    socket.once('close', () => resolve(false))
  })
}

function startupMessage(): Buffer {
  const body = Buffer.from('user\0postgres\0database\0postgres\0\0', 'latin1')
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + head.length, 0)
  head.writeUInt32BE(0x0003_0000, 4)
  return Buffer.concat([head, body])
}
