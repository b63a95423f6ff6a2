import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HealthScripts, openHealthScripts } from './health-scripts.ts'
import { openLuaRunner } from './lua-runner.ts'

const ready = `
hs = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for i, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" then
      hs.status = condition.status == "True" and "Healthy" or "Degraded"
      hs.message = condition.message
      return hs
    end
  end
end
hs.status = "Progressing"
hs.message = "Waiting for the controller"
return hs
`
const scripts = {
  'example.com/Database': ready,
  'example.com/_': 'return { status = "Suspended" }',
  '_.cloud.example.com/_': 'return { status = "Healthy", message = obj.kind }',
  'faulty.example.com/Word': 'return { status = "Fine" }',
  'faulty.example.com/Nothing': 'local hs = {}',
  'faulty.example.com/Field': 'return { status = obj.status.phase.name }',
  'faulty.example.com/Runaway': 'while true do pcall(function() end) end',
}

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-health-'))
const lua = openLuaRunner({ timeoutMs: 3_000 })
let health: HealthScripts
beforeAll(async () => {
  for (const [name, source] of Object.entries(scripts)) {
    const path = join(folder, name, 'health.lua')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, source)
  }
  mkdirSync(join(folder, 'example.com', 'Empty'))
  health = await openHealthScripts(folder, lua)
})
afterAll(async () => {
  await lua[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const object = (group: string, kind: string, status?: object) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name: 'main' },
  ...(status && { status }),
})

test('a script is found by group and kind, whatever the version; the one that names both comes first', () => {
  expect(health.has('example.com/v1', 'Database')).toBe(true)
  expect(health.has('example.com/v1beta1', 'Database')).toBe(true)
  expect(health.has('a.cloud.example.com/v1', 'Bucket')).toBe(true)
  expect(health.has('cloud.example.org/v1', 'Bucket')).toBe(false)
  expect(health.has('v1', 'Database')).toBe(false)
})

test.each([
  ['no status yet', object('example.com', 'Database'), 'Progressing', 'Waiting for the controller'],
  [
    'ready',
    object('example.com', 'Database', { conditions: [{ type: 'Ready', status: 'True', message: 'up' }] }),
    'Healthy',
    'up',
  ],
  [
    'not ready',
    object('example.com', 'Database', { conditions: [{ type: 'Other' }, { type: 'Ready', status: 'False' }] }),
    'Degraded',
    '',
  ],
  ['any other kind of the group', object('example.com', 'Empty'), 'Suspended', ''],
  ['any kind of any group below', object('eu.cloud.example.com', 'Bucket'), 'Healthy', 'Bucket'],
])('%s', async (_title, live, status, message) => {
  expect(await health.judge(live)).toEqual({ status, message })
})

test.each([
  ['Word', 'faulty.example.com/Word/health.lua returned "Fine" for hs.status'],
  ['Nothing', 'faulty.example.com/Nothing/health.lua returned null for hs.status'],
  ['Field', 'its health check failed: '],
  ['Runaway', 'faulty.example.com/Runaway/health.lua ran for more than 3000 ms and was ended'],
])('a faulty script makes the health Unknown and says why: %s', async (kind, message) => {
  expect(await health.judge(object('faulty.example.com', kind))).toEqual({
    status: 'Unknown',
    message: expect.stringContaining(message) as string,
  })
})

test('a folder that is not there is told', async () => {
  await expect(openHealthScripts(join(folder, 'nowhere'), lua)).rejects.toThrow('nowhere')
})
