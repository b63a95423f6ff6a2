import { expect, test } from 'vitest'
import { renderHosts } from './render-config.ts'

const read = (text: string) => renderHosts({ PLIMSOLL_RENDER_HOSTS: text })

test('renders reach no host unless some are set', () => {
  expect(renderHosts({})).toEqual([])
  expect(read(' , ')).toEqual([])
})

test('hosts are read by name, address, port and suffix', () => {
  const rules = [
    'github.com',
    'charts.example.com:8443',
    '*.corp.example',
    '*.corp.example:8443',
    '10.0.0.1',
    '[::1]:80',
  ]
  expect(read(rules.join(', '))).toEqual(rules)
  expect(read('a\nb')).toEqual(['a', 'b'])
})

test.each(['*', '*.', 'https://github.com', 'github.com/org', 'a:0', 'a:70000', 'a..b', 'me@a', '::1', '*.*.a'])(
  '%s is refused, with the name of the setting',
  (rule) => {
    expect(() => read(`github.com,${rule}`)).toThrow(/PLIMSOLL_RENDER_HOSTS/)
  },
)

test('more rules than a sandbox takes are refused', () => {
  const rules = (count: number) => Array.from({ length: count }, (_, i) => `host-${i}.example`).join(',')
  expect(read(rules(200))).toHaveLength(200)
  expect(() => read(rules(201))).toThrow(/PLIMSOLL_RENDER_HOSTS/)
})
