import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { tellProtocol } from './tell-protocol.ts'

test.each([
  ['HTTP/2', 'PRI * HTTP/2.0\r\n', 'h2'],
  ['HTTP/1.1', 'POST / HTTP/1.1\r\n', 'h1'],
  ['a method that begins as the preface does', 'PROPFIND / HTTP/1.1\r\n', 'h1'],
  ['something else', '\u0016\u0003\u0001', 'h1'],
])('%s is told apart, byte by byte or at once, and no byte is lost', async (_what, text, protocol) => {
  for (const parts of [text.split(''), [text]]) {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    const told = new Promise((resolve) => tellProtocol(stream, resolve))
    for (const part of parts) {
      stream.push(part)
      await new Promise(setImmediate)
    }
    expect(await told).toBe(protocol)
    stream.push(null)
    expect(Buffer.concat(await stream.toArray()).toString()).toBe(text)
  }
})
