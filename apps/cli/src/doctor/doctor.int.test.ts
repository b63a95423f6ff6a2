import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testTool } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { plimsoll } from '../../test/plimsoll.ts'
import type { Check } from './check.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'plimsoll doctor-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

/** What doctor finds in a folder, on a machine that has nothing. */
async function doctor(cwd: string, more: NodeJS.ProcessEnv = {}): Promise<Readonly<Record<string, Check>>> {
  const env = { PATH: '/nowhere', HOME: home, ...more }
  const { code, out } = await plimsoll(['doctor', '-o', 'json'], { cwd, env })
  expect(code).toBe(1)
  const checks = JSON.parse(out) as readonly Check[]
  for (const check of checks) expect({ ...check, says: check.try !== '' }).toMatchObject({ says: check.state !== 'ok' })
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

test('on a bare machine each line says what to do', async () => {
  const checks = await doctor(home)
  expect(checks).toMatchObject({
    node: { state: 'ok' },
    git: { state: 'warn' },
    go: { state: 'warn', try: expect.stringContaining('Install Go 1.') as string },
    'nats-server': { state: 'warn', try: expect.stringContaining('--nats URL') as string },
    'kube-apiserver': { state: 'warn', try: expect.stringContaining('--kubeconfig FILE') as string },
    helm: { state: 'warn', try: expect.stringContaining('Install Go 1.') as string },
    kustomize: { state: 'warn', message: 'not found' },
    'state folder': { state: 'warn', try: expect.stringContaining('plimsoll up') as string },
    server: { state: 'fail', try: expect.stringContaining('plimsoll up') as string },
  })
})

test('a machine that runs sandboxes, and one that does not, are told apart', async () => {
  const launcher = await testTool('plimsoll-sandbox')
  const checks = await doctor(home, { PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: launcher })
  expect(checks).toMatchObject({ sandbox: { state: 'ok' } })
  const refusing = join(home, 'refusing')
  const answer = JSON.stringify({ error: 'unavailable', message: 'switched off', try: 'switch it on', code: 0 })
  const script = `#!/bin/sh\n[ "$1" = --version ] && echo 1.0.0 && exit\necho '${answer}' >&3\n`
  await writeFile(refusing, script, { mode: 0o755 })
  const refused = await doctor(home, { PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: refusing })
  expect(refused).toMatchObject({ sandbox: { state: 'warn', try: 'switch it on' } })
})

test('whether commands can be run is told where they are switched on', async () => {
  const [launcher, kubectl] = await Promise.all([testTool('plimsoll-sandbox'), testTool('kubectl')])
  const tools = { PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: launcher }
  expect(await doctor(home, tools)).not.toHaveProperty('commands')
  const on = { ...tools, PLIMSOLL_HOOK_COMMANDS: 'true' }
  expect(await doctor(home, { ...on, PLIMSOLL_TOOL_KUBECTL: kubectl })).toMatchObject({
    commands: { state: 'ok', message: expect.stringMatching(/^run by \/bin\/sh, with kubectl 1\./) as string },
  })
  expect(await doctor(home, on)).toMatchObject({ commands: { state: 'warn', message: 'kubectl is not there yet' } })
  expect(await doctor(home, { ...on, PLIMSOLL_HOOK_HOSTS: 'a b/c' })).toMatchObject({
    commands: { state: 'fail', message: expect.stringContaining('PLIMSOLL_HOOK_HOSTS') as string },
  })
})

test('whether renders can fetch is told where hosts are allowed', async () => {
  const tools = { PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: await testTool('plimsoll-sandbox') }
  expect(await doctor(home, tools)).not.toHaveProperty('fetching')
  expect(await doctor(home, { ...tools, PLIMSOLL_RENDER_HOSTS: 'a.example, *.b.example' })).toMatchObject({
    fetching: {
      state: 'ok',
      message: expect.stringMatching(/^renders may fetch from a\.example, \*\.b\.example, with git version/) as string,
    },
  })
  expect(await doctor(home, { ...tools, PLIMSOLL_RENDER_HOSTS: 'https://a.example' })).toMatchObject({
    fetching: { state: 'fail', message: expect.stringContaining('PLIMSOLL_RENDER_HOSTS') as string },
  })
})

test('a folder that is open to others, and one that was left behind, are told', async () => {
  const folder = join(home, 'left', '.plimsoll')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'token'), 'x')
  await writeFile(join(folder, 'client.json'), JSON.stringify({ server: 'http://127.0.0.1:1', tokenFile: 'token' }))
  await writeFile(join(folder, 'up.json'), JSON.stringify({ pid: 1, start: 'long ago', since: '', kubeconfig: '' }))
  const checks = await doctor(join(home, 'left'))
  expect(checks).toMatchObject({
    'state folder': { state: 'fail', try: `chmod 700 "${folder}"` },
    'plimsoll up': { state: 'warn', message: 'process 1 was killed' },
    api: { state: 'fail', try: expect.stringContaining('plimsoll up') as string },
  })
  expect(checks).not.toHaveProperty('cluster')
})
