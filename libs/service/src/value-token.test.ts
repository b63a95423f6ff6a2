import { maskObject } from '@plimsoll/domain'
import type { KubernetesObject, ManifestSet } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { sensitiveIn, valueToken } from './value-token.ts'

const hash = (text: string) => `hmac:${Buffer.from(text).toString('hex')}`
const settings = (namespace?: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...(namespace !== undefined && { namespace }) },
  data: { a: '1', b: '2', c: '3', d: '4' },
})
const set = (object: KubernetesObject, ...sensitive: string[]): ManifestSet => ({
  files: [{ path: 'a.yaml', blob: '', objects: [{ object, line: 1, digest: '', sensitive }] }],
})

test('a value that was decrypted now or before, was written before, or that a rule names, shows as a token under the key', () => {
  const rule = { group: null, kind: null, namespace: 'shop', name: null, json_pointers: ['/data/c'] }
  const config = { sensitive: [rule], destination: { namespace: 'shop' } }
  const sensitive = sensitiveIn(config, [set(settings(), '/data/a'), set(settings('shop'), '/data/b')], {
    entries: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'settings',
        namespace: 'shop',
        uid: '',
        digest: '',
        owned: '',
        sensitive: ['/data/d'],
      },
    ],
  })
  const token = valueToken({ hash }, sensitive)
  const masked = (value: string) => `(masked ${hash(`value\n${value}`).slice(-8)})`
  expect(maskObject(settings('shop'), token)['data']).toEqual({
    a: masked('1'),
    b: masked('2'),
    c: masked('3'),
    d: masked('4'),
  })
  expect(maskObject(settings('other'), token)['data']).toEqual({ a: '1', b: '2', c: '3', d: '4' })
})
