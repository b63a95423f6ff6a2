import { cluster, freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices } from '../test/start-services.ts'

const environments = ['dev', 'staging', 'production'] as const
const manifest = (colour: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { colour: ${colour} }\n`
const release = (colour: string) =>
  Object.fromEntries(environments.map((environment) => [`${environment}/settings.yaml`, manifest(colour)]))

test(
  'a commit is promoted from dev over staging to production, which waits for approval',
  { timeout: 600_000 },
  async () => {
    await using stack = new AsyncDisposableStack()
    const git = stack.use(await gitHttpServer())
    const services = stack.use(await startServices('poller', 'differ', 'syncer'))
    const repository = await git.createRepository('shop')
    const namespaces = Object.fromEntries(
      await Promise.all(environments.map(async (name) => [name, await freshNamespace()] as const)),
    )
    const env = { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile }
    const run = (line: string, stdin?: string) =>
      plimsoll(line.split(' '), { env, ...(stdin !== undefined && { stdin }) })
    const view = stack.use(cluster())
    const colourIn = async (environment: string) => {
      const path = `/api/v1/namespaces/${namespaces[environment] ?? ''}/configmaps/settings`
      return ((await view.get(path)) as { data: { colour: string } } | undefined)?.data.colour
    }

    const first = (await repository.commit(release('red'), 'first')).slice(0, 7)
    await run(`repo add ${git.url('shop')} --id shop --poll-interval 1s`)
    const create = (environment: string, settings: string) =>
      run(
        `workflow create --id shop-${environment} -f -`,
        `repository: shop\ntarget_path: ${environment}\nauto_sync: true\nlabels: { values: { app: shop, environment: ${environment} } }\ndestination: { namespace: ${namespaces[environment] ?? ''} }\n${settings}`,
      )
    // The last first: each has to wait for one that is not there yet.
    await create('production', 'depends_on: { values: [shop-staging] }\napproval: { required: true }\n')
    await create('staging', 'depends_on: { values: [shop-dev] }\n')
    await create('dev', '')
    await run('workflow create --id other --repo shop --path dev --label app=other --namespace other')

    const list = await run('workflow list -l app=shop,environment!=dev')
    expect(list.out).toContain('shop-production')
    expect(list.out).toContain('shop-staging')
    expect(list.out).not.toContain('shop-dev')
    expect(list.out).not.toContain('other')
    expect((await run('workflow list -l app=nothing')).err).toBe('No workflow has the labels app=nothing.\n')
    expect((await run('workflow list -l app~shop')).code).not.toBe(0)
    expect((await run('workflow show shop-dev')).out).toContain('app=shop, environment=dev')

    expect((await run('progress -l app=shop')).out).toContain(`0 of 3 environments have ${first}`)
    await run('auto-sync start')
    const untilWaits = (colour: string) =>
      until(
        async () => {
          const { out, code } = await run('progress -l app=shop')
          if (!out.includes('2 of 3 environments') || !out.includes('waits for approval of plan')) throw new Error(out)
          expect(code).toBe(1)
          expect(await colourIn('staging')).toBe(colour)
          return out
        },
        { what: 'production waits for approval', timeoutMs: 280_000 },
      )
    const waits = await untilWaits('red')
    const rows = waits.split('\n').slice(1, 4)
    expect(rows.map((row) => row.split(/\s+/).slice(0, 2))).toEqual(
      environments.map((environment) => [environment, `shop-${environment}`]),
    )
    const approve = async (out: string) => {
      const plan = /approval of plan ([0-9a-f]{12})/.exec(out)?.[1] ?? ''
      expect((await run(`approve shop-production --plan ${plan}`)).code).toBe(0)
    }
    await approve(waits)
    const untilAll = (revision: string) =>
      until(
        async () => {
          const { out, code } = await run('progress -l app=shop')
          if (code !== 0) throw new Error(out)
          expect(out).toContain(`All 3 environments have ${revision}.`)
          return true
        },
        { what: 'all environments have it', timeoutMs: 280_000 },
      )
    await untilAll(first)

    const second = (await repository.commit(release('blue'), 'second')).slice(0, 7)
    const again = await untilWaits('blue')
    expect(await colourIn('production')).toBe('red')
    const json = JSON.parse((await run('progress -l app=shop -o json')).out) as {
      environments: {
        workflow_id: string
        current: boolean
        after: string[]
        waits_for?: { gate: string; who: string }
      }[]
    }
    expect(json.environments).toMatchObject([
      { workflow_id: 'shop-dev', current: true, after: [] },
      { workflow_id: 'shop-staging', current: true, follows: true, after: ['shop-dev'] },
      {
        workflow_id: 'shop-production',
        current: false,
        follows: false,
        after: ['shop-staging'],
        waits_for: { gate: 'approval', who: 'a person' },
      },
    ])
    await approve(again)
    await untilAll(second)
    expect(await colourIn('production')).toBe('blue')
  },
)
