import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toolModule } from './build-tool.ts'
import { knownTools } from './known-tools.ts'

test('the launcher got a new version with its last change: what is cached by version is what the source says', () => {
  const folder = toolModule('plimsoll-sandbox')
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(join(folder, name)))
  // After a change of the source: raise the version in known-tools.ts, then write both down here.
  expect({ version: knownTools['plimsoll-sandbox'].version, source: hash.digest('hex').slice(0, 16) }).toEqual({
    version: '1.8.0',
    source: '1c83a45413daa8bd',
  })
})
