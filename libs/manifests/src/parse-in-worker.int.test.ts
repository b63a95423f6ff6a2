import { describe, expect, test } from 'vitest'
import { parseInWorker } from './parse-in-worker.ts'
import { renderPlain } from './render-plain.ts'
import type { SourceFile } from './parse-manifest-file.ts'

const file = (path: string, text: string): SourceFile => ({ path, blob: path, body: Buffer.from(text) })
const configMap = (name: string, data = 'x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${data}"\n  big: 9007199254740993\n`
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => file(`${i}.yaml`, configMap(`c${i}`, 'x'.repeat(500))))

describe('parsing in the worker', () => {
  test('gives what parsing here gives, in order', async () => {
    const result = await parseInWorker(many(1200))
    expect(result).toHaveProperty('objects')
    const { objects } = result as Extract<typeof result, { objects: unknown }>
    expect(objects.map(({ file: path }) => path)).toEqual(Array.from({ length: 1200 }, (_, i) => `${i}.yaml`))
    expect(objects[7]).toMatchObject({ line: 1, object: { kind: 'ConfigMap', data: { big: 9007199254740993n } } })
  })

  test('names the file that takes for ever, and the errors of all others', async () => {
    const slow = file('slow.yaml', 'a: 1\n'.repeat(600_000))
    const files = [...many(100), file('bad.yaml', 'a: ['), slow, file('worse.yaml', 'b: 1\nb: 2')]
    const result = await parseInWorker(files, { limits: { chunkTimeoutMs: 1000 } })
    expect(result).toMatchObject([
      { file: 'bad.yaml', line: 1 },
      { file: 'slow.yaml', line: 0, message: 'parsing the file ran out of time' },
      { file: 'worse.yaml' },
    ])
  })

  test('survives a file that needs more memory than the worker may have', async () => {
    const hungry = file('hungry.yaml', `a:\n${'- {a: b, c: d}\n'.repeat(300_000)}`)
    const limits = { maxHeapMiB: 64, timeoutMs: 30_000 }
    // The worker kept from the tests before has a larger heap.
    await parseInWorker(many(100), { limits, signal: AbortSignal.timeout(0) }).catch(() => undefined)
    expect(await parseInWorker([hungry], { limits })).toMatchObject([
      { file: 'hungry.yaml', message: 'parsing the file ran out of memory' },
    ])
    expect(await parseInWorker(many(100))).toHaveProperty('objects')
  })

  test('stops when the caller does', async () => {
    const reason = new Error('enough')
    await expect(parseInWorker(many(100), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

test('a pattern that takes for ever is an error of its ignore file, and holds nobody up', async () => {
  const hostile = `**/${'a/**/'.repeat(12)}b`
  const files = [
    { path: '.plimsollignore', mode: '100644', blob: 'ignore' },
    { path: `${'a/'.repeat(60)}c.yaml`, mode: '100644', blob: 'manifest' },
  ]
  const read = async () => new Map([['ignore', Buffer.from(hostile)]])
  const hanging = renderPlain({ files, read, selectTimeoutMs: 500 })
  expect(await hanging).toMatchObject([{ file: '.plimsollignore', message: 'matching its patterns ran out of time' }])
  expect(await parseInWorker(many(100))).toHaveProperty('objects')
})
