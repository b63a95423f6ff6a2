import { readdirSync, readFileSync } from 'node:fs'
import {
  configMap,
  configMapPath,
  deployer,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startService,
} from '@plimsoll/e2e'
import { cluster, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { faultsOfLog } from './sound-log.ts'

const patience = { timeoutMs: 150_000 }

/** The processes of this machine with a word in their command line, whatever namespace they are in. */
function processesWith(word: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

test('a command of a syncer that stands still is over before the next syncer runs it', async () => {
  await using installation = await openInstallation()
  await using git = await gitHttpServer()
  using view = cluster()
  await operatorOf(installation).startAutoSync()
  const settings = { PLIMSOLL_LEASE_MS: '18000', PLIMSOLL_HOOK_COMMANDS: 'true' }
  await using stack = new AsyncDisposableStack()
  await Promise.all(
    (['projection', 'poller', 'differ'] as const).map(async (name) =>
      stack.use(await startService(installation, name, settings)),
    ),
  )
  const stopped = stack.use(await startService(installation, 'syncer', settings))
  const namespace = await deployer(view)
  const mark = `mark-of-${namespace}`
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    destination: { namespace, service_account: 'deployer' },
    sync_policy: { pre_sync_hooks: [`kubectl wait --for=create configmap/go --timeout=500s; : ${mark}`] },
  })
  await until(() => processesWith(mark).length > 0, { what: 'the command runs', ...patience })
  const first = processesWith(mark)
  stopped.signal('SIGSTOP')
  stack.use(await startService(installation, 'syncer', settings))
  const seen = await until(
    () => {
      const now = processesWith(mark)
      return now.some((pid) => !first.includes(pid)) ? now : undefined
    },
    { what: 'the next syncer runs it', ...patience },
  )
  expect(seen.filter((pid) => first.includes(pid))).toEqual([])

  await view.apply(configMapPath(namespace, 'go'), configMap('go', {}, namespace))
  await project.untilSynced(project.first)
  stopped.signal('SIGCONT')
  const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) })
  await project.untilSynced(second)
  const told = (await project.events()).flatMap(({ type, data }) =>
    type === 'HookStarted' || type === 'HookFinished' ? [`${type} ${data.hook}`] : [],
  )
  const once = ['HookStarted pre_sync_hooks[0]', 'HookFinished pre_sync_hooks[0]']
  expect(told).toEqual([...once, ...once])
  expect(await faultsOfLog(installation)).toEqual([])
})
