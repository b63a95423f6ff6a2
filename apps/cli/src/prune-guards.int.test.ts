import { cluster, freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices } from '../test/start-services.ts'

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n---\n`
const claim =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n'

test(
  'what is kept is pruned when asked for and approved, and a cascade is confirmed',
  { timeout: 600_000 },
  async () => {
    await using stack = new AsyncDisposableStack()
    const git = stack.use(await gitHttpServer())
    const services = stack.use(await startServices('poller', 'differ', 'syncer'))
    const view = stack.use(cluster())
    const namespace = await freshNamespace()
    const repository = await git.createRepository('shop')
    await repository.commit({ 'a.yaml': `${['a', 'b', 'c'].map(map).join('')}${claim}` }, 'first')
    const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
    const run = (line: string, stdin?: string) =>
      plimsoll(line.split(' '), { env, ...(stdin !== undefined && { stdin }) })
    const isGoing = async (kind: string, name: string) => {
      const live = await view.get(`/api/v1/namespaces/${namespace}/${kind}/${name}`)
      return live === undefined || live.metadata['deletionTimestamp'] !== undefined
    }

    await run(`repo add ${git.url('shop')} --id shop --poll-interval 1s`)
    const settings = `repository: shop\ndestination: { namespace: ${namespace} }\napproval: { allow_requester: true }\n`
    await run('workflow create --id web --auto-prune --no-health-check -f -', settings)
    expect((await run('sync web')).code).toBe(0)

    await repository.commit({ 'a.yaml': ['a', 'b', 'c'].map(map).join('') }, 'without the claim')
    expect((await run('diff web')).out).toContain('plimsoll sync web --prune-kept')
    const asked = await run('sync web --prune-kept')
    expect(asked.code).toBe(1)
    expect(asked.out).toContain('would be deleted, with all that it holds')
    const plan = /plimsoll diff web --plan ([0-9a-f]{12})\n/.exec(asked.err)?.[1] ?? ''
    const shown = await run(`diff web --plan ${plan}`)
    expect(shown.out).toContain('- PersistentVolumeClaim data')
    expect((await run('status web')).out).toContain(`because PersistentVolumeClaim ${namespace}/data would be deleted`)
    expect((await run(`approve web --plan ${plan}`)).code).toBe(0)
    await until(() => isGoing('persistentvolumeclaims', 'data'), { what: 'the claim goes', timeoutMs: 280_000 })
    await until(async () => (await run('status web')).out.includes('Status:     synced'), {
      what: 'the sync has ended',
      timeoutMs: 280_000,
    })

    await run('workflow update web --no-auto-prune')
    expect((await run('sync web --prune-kept')).err).toContain('auto_prune is off')
    expect((await run('diff web --plan 00000000')).err).toContain('There is no plan')

    const refused = await run('workflow delete web --cascade')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('3 of 3 objects would be deleted (100 %)')
    expect(refused.err).toContain(
      `it would delete ConfigMap ${namespace}/a, ConfigMap ${namespace}/b, ConfigMap ${namespace}/c`,
    )
    const confirm = /--confirm ([0-9a-f]{12})/.exec(refused.err)?.[1] ?? ''
    expect((await run(`workflow delete web --cascade --confirm ${confirm}`)).code).toBe(0)
    for (const name of ['a', 'b', 'c'])
      await until(() => isGoing('configmaps', name), { what: `${name} goes`, timeoutMs: 280_000 })
  },
)
