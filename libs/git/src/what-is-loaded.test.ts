import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
console.log(JSON.stringify(loaded))
`

test('who only reads trees loads none of the libraries that speak to remotes', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  const loaded = JSON.parse(stdout) as readonly string[]
  expect(loaded.some((url) => url.endsWith('/parse-tree.ts'))).toBe(true)
  expect(loaded.filter((url) => /\/node_modules\/(isomorphic-git|ssh2|undici)\//.test(url))).toEqual([])
})
