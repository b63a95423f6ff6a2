import { createCertificate, gitHttpServer, sandboxedTool } from '@plimsoll/harness'
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { offerCharts, offerImage, serve } from '../test/chart-repository.ts'
import { configMap, deployment, files, summary } from '../test/files.ts'
import { renderElsewhere, trusted } from '../test/render-elsewhere.ts'
import { sourceTree } from '../test/source-tree.ts'
import { closureOf } from './closure/closure-of.ts'
import { FetchFailedError } from './fetch-failed-error.ts'
import { renderHelm } from './helm/render-helm.ts'
import { renderKustomize } from './kustomize/render-kustomize.ts'
import type { HelmParameters, RenderTool, ToolRun } from './renderer.ts'

type Texts = Readonly<Record<string, string>>

const [kustomize, helm] = await Promise.all([sandboxedTool('kustomize'), sandboxedTool('helm')])

/** What a differ does: it refuses by text, and then renders. */
async function build(texts: Texts, hosts: readonly string[]) {
  const source = sourceTree(texts)
  const { remotes, errors } = await closureOf(source, {
    target: 'o',
    renderer: 'auto',
    helm: { values_files: [] },
    hosts,
  })
  if (errors.length > 0) return errors
  return await renderKustomize({ target: 'o', files: files(texts), tool: kustomize, hosts, remotes })
}

const overlay = (...resources: readonly string[]): Texts => ({
  'o/kustomization.yaml': `resources:\n${resources.map((one) => `- ${one}\n`).join('')}`,
})

async function gitBase(kustomization = 'resources: [web.yaml]\n') {
  const server = await gitHttpServer()
  const repository = await server.createRepository('bases')
  await repository.commit({ 'base/kustomization.yaml': kustomization, 'base/web.yaml': deployment('web') }, 'base')
  return Object.assign(server, { host: `127.0.0.1:${server.port}` })
}

describe('Kustomize', () => {
  test('fetches a base by git from a host that is allowed', async () => {
    await using server = await gitBase()
    const result = await build(overlay(`${server.url('bases')}//base?ref=main`), [server.host])
    expect(summary(result)).toEqual(['o/kustomization.yaml apps/Deployment//web'])
  })

  test('fetches a file over HTTP from a host that is allowed, also as a patch', async () => {
    await using server = await serve()
    server.answers.set('/web.yaml', deployment('web'))
    const scale = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n'
    server.answers.set('/scale.yaml', scale)
    const at = `http://127.0.0.1:${server.port}`
    const given = { 'o/kustomization.yaml': `resources: [${at}/web.yaml]\npatches: [{path: ${at}/scale.yaml}]\n` }
    const result = await build(given, [`127.0.0.1:${server.port}`])
    expect(summary(result)).toEqual(['o/kustomization.yaml apps/Deployment//web'])
    expect('objects' in result && result.objects[0]?.object).toMatchObject({ spec: { replicas: 7 } })
  })

  test('inflates a chart of a repository that is allowed', async () => {
    await using server = await serve()
    offerCharts(server, 'dep', await packed('dep', ['1.2.3']))
    const chart = `helmCharts:\n- name: dep\n  repo: http://127.0.0.1:${server.port}\n  version: 1.2.3\n  releaseName: r\n`
    const result = await build({ 'o/kustomization.yaml': chart }, [`127.0.0.1:${server.port}`])
    expect(summary(result)).toEqual(['o/kustomization.yaml /ConfigMap//dep-1.2.3'])
  })

  test('is not even started for a host that is not allowed, and says where it is named', async () => {
    await using server = await gitBase()
    const given = overlay('https://git.example.com/org/repo//base?ref=v1', `${server.url('bases')}//base`)
    expect(await build(given, [server.host])).toEqual([
      {
        file: 'o/kustomization.yaml',
        line: 2,
        message:
          '"https://git.example.com/org/repo//base?ref=v1" would be fetched from git.example.com:443, which is no host that renders may reach',
        try: 'commit a copy of it to the repository, and refer to that by its path; or let the operator allow the host: PLIMSOLL_RENDER_HOSTS',
      },
    ])
    expect(await build(overlay('git@git.example.com:org/repo.git'), ['git.example.com'])).toMatchObject([
      {
        message: '"git@git.example.com:org/repo.git" would be fetched from a network, and not over HTTPS',
        try: expect.stringContaining('or name it by https') as string,
      },
    ])
    expect(server.requests).toEqual([])
  })

  test.each([
    ['http://metadata.example.com/a.yaml', 'metadata.example.com:80'],
    ['http://169.254.169.254/latest/meta-data', '169.254.169.254:80'],
    ['https://[fd00::1]:8443/', 'fd00::1:8443'],
  ])('follows no redirect to %s', async (location, place) => {
    await using server = await serve()
    server.answers.set('/a.yaml', (_request, response) => response.writeHead(302, { location }).end())
    const text = `http://127.0.0.1:${server.port}/a.yaml`
    expect(await build(overlay(text), [`127.0.0.1:${server.port}`])).toMatchObject([
      {
        file: 'o/kustomization.yaml',
        line: 2,
        message: `${text} leads to ${place}, which is no host that renders may reach: no rule allows it`,
        try: expect.stringContaining('PLIMSOLL_RENDER_HOSTS') as string,
      },
    ])
  })

  test('follows no base to a host that is not allowed, by git neither', async () => {
    await using other = await gitBase()
    await using server = await gitBase(`resources: [web.yaml, "http://git.example.com/org/repo//base?ref=v1"]\n`)
    const text = `${server.url('bases')}//base?ref=main`
    expect(summary(await build(overlay(text), [server.host]))).toEqual([
      `o/kustomization.yaml:2 ${text} leads to git.example.com:80, which is no host that renders may reach: no rule allows it`,
    ])
    expect(other.requests).toEqual([])
  })

  test('is no mistake of the files when what it fetches does not come', async () => {
    await using server = await gitBase()
    const text = `${server.url('bases')}//base?ref=v9`
    const gone = build(overlay(text), [server.host])
    await expect(gone).rejects.toBeInstanceOf(FetchFailedError)
    await expect(gone).rejects.toThrow(`o/kustomization.yaml:2: ${text} cannot be fetched: couldn't find remote ref v9`)
    await server.stop()
    await expect(build(overlay(text), [server.host])).rejects.toBeInstanceOf(FetchFailedError)
    await using plain = await serve()
    const missing = `http://127.0.0.1:${plain.port}/gone.yaml`
    const asked = build(overlay(missing), [`127.0.0.1:${plain.port}`])
    await expect(asked).rejects.toThrow(/gone\.yaml cannot be fetched: .*404/)
  })

  test('tells a mistake of what it fetches by where it is named, and not by where it lies for a moment', async () => {
    await using server = await gitHttpServer()
    const repository = await server.createRepository('bases')
    const mistakes = {
      'gone/kustomization.yaml': 'resources: [gone.yaml]\n',
      'bad/kustomization.yaml': 'resources: [a.yaml]\n',
      'bad/a.yaml': 'kind: [x',
      'field/kustomization.yaml': 'resource: [x]\n',
      'empty/a.txt': '',
    }
    await repository.commit(mistakes, 'mistakes')
    await using plain = await serve()
    plain.answers.set('/a.yaml', 'kind: [x')
    const told = async (text: string) => {
      const hosts = [`127.0.0.1:${server.port}`, `127.0.0.1:${plain.port}`]
      const [error = ''] = summary(await build(overlay(text), hosts))
      return error.replace(`o/kustomization.yaml:2 what is fetched from ${text} cannot be rendered: `, '')
    }
    const below = (folder: string) => told(`${server.url('bases')}//${folder}?ref=main`)
    expect(await below('gone')).toBe('there is nothing at gone/gone.yaml')
    expect(await below('nowhere')).toBe('there is nothing at nowhere')
    expect(await below('empty')).toBe('the folder empty holds no kustomization.yaml')
    expect(await below('field')).toBe('in the folder field: invalid Kustomization: json: unknown field "resource"')
    expect(await below('bad')).toMatch(/^in the folder bad: .*did not find expected ',' or '\]' in File: a\.yaml$/)
    expect(await told(`http://127.0.0.1:${plain.port}/a.yaml`)).toMatch(/^malformed YAML: did not find/)
  })

  test('tells a mistake of its own files as one, whatever it fetches', async () => {
    await using server = await gitBase()
    const given = {
      'o/kustomization.yaml': `resources: [${server.url('bases')}//base, a.yaml]\n`,
      'o/a.yaml': 'kind: [x',
    }
    expect(summary(await build(given, [server.host]))[0]).toMatch(/^o\/a\.yaml:\d malformed YAML/)
  })
})

const parameters: HelmParameters = {
  releaseName: 'rel',
  namespace: 'shop',
  valuesFiles: [],
  values: {},
  kubeVersion: null,
  apiVersions: [],
}
const template = (texts: Texts, hosts: readonly string[], tool: RenderTool = helm) =>
  renderHelm({ target: 'app', files: files(texts), tool, hosts, parameters })

/** A chart in some versions, as `helm package` makes it. */
async function packed(name: string, versions: readonly string[]): Promise<Map<string, Uint8Array>> {
  const charts = new Map<string, Uint8Array>()
  for (const version of versions) {
    const chart = files({
      [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
      [`${name}/values.yaml`]: '',
      [`${name}/templates/a.yaml`]: configMap(`{{ .Chart.Name }}-{{ .Chart.Version }}`),
    })
    const run = { args: ['package', '--destination=out', name], files: new Map([...chart, ['out/.keep', Buffer.of()]]) }
    const output = await helm.run({ ...run, collect: ['out'] })
    charts.set(version, output.files.get(`out/${name}-${version}.tgz`) ?? Buffer.of())
  }
  return charts
}

function app(repository: string, version = '^1.0.0', lock?: string): Texts {
  return {
    'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: dep\n  version: ${version}\n  repository: ${repository}\n`,
    'app/templates/a.yaml': configMap('a'),
    ...(lock && {
      'app/Chart.lock': `dependencies:\n- name: dep\n  repository: ${repository}\n  version: ${lock}\ngenerated: "2026-01-01T00:00:00Z"\n`,
    }),
  }
}

describe('Helm', () => {
  test('fetches a dependency from a repository that is allowed: what the lock names, else the newest that fits', async () => {
    await using server = await serve()
    offerCharts(server, 'dep', await packed('dep', ['1.2.3', '1.9.0', '2.0.0']))
    const [at, hosts] = [`http://127.0.0.1:${server.port}`, [`127.0.0.1:${server.port}`]]
    const found = async (texts: Texts) => summary(await template(texts, hosts))
    const rendered = (version: string) => [
      'app/charts/dep/templates/a.yaml /ConfigMap//dep-' + version,
      'app/templates/a.yaml /ConfigMap//a',
    ]
    expect(await found(app(at, '^1.0.0', '1.2.3'))).toEqual(rendered('1.2.3'))
    expect(await found(app(at))).toEqual(rendered('1.9.0'))
    expect(await found(app(at, '2.0.0'))).toEqual(rendered('2.0.0'))
    expect(await found(app(at, '^2.0.0', '1.2.3'))).toEqual(rendered('1.2.3'))
    expect(server.asked.filter((path) => path.endsWith('2.0.0.tgz'))).toHaveLength(1)
  })

  test('renders with values where there is no network, and fetches where there are no values', async () => {
    await using server = await serve()
    offerCharts(server, 'dep', await packed('dep', ['1.2.3']))
    const runs: ToolRun[] = []
    const watched = { ...helm, run: (run: ToolRun) => (runs.push(run), helm.run(run)) }
    await template(app(`http://127.0.0.1:${server.port}`), [`127.0.0.1:${server.port}`], watched)
    expect(
      runs.map(({ args, network, files: given }) => [args[0], network !== undefined, given.has('app/Chart.yaml')]),
    ).toEqual([
      ['pull', true, false],
      ['template', false, true],
    ])
  })

  test('fetches a dependency from a registry of images that is allowed', async () => {
    const authority = createCertificate('authority')
    await using server = await serve(createCertificate('registry', { issuer: { ...authority, name: 'authority' } }))
    const [chart = Buffer.of()] = (await packed('dep', ['1.2.3'])).values()
    offerImage(server, 'charts/dep', '1.2.3', chart)
    const trusting: RenderTool = {
      ...helm,
      run: (run) =>
        helm.run({
          ...run,
          env: { SSL_CERT_FILE: '/work/.ca.pem' },
          files: new Map([...run.files, ['.ca.pem', Buffer.from(authority.cert)]]),
        }),
    }
    const [at, hosts] = [`oci://127.0.0.1:${server.port}/charts`, [`127.0.0.1:${server.port}`]]
    for (const texts of [app(at, '1.2.3'), app(at), app(at, '^1.0.0', '1.2.3')])
      expect(summary(await template(texts, hosts, trusting))).toContain(
        'app/charts/dep/templates/a.yaml /ConfigMap//dep-1.2.3',
      )
    await expect(template(app(at, '1.2.3'), hosts)).rejects.toThrow(
      /app\/Chart\.yaml:5: the dependency dep .*cannot be fetched: .*certificate/,
    )
  })

  test('fetches what a chart of the repository depends on, for the chart that uses it', async () => {
    await using server = await serve()
    offerCharts(server, 'dep', await packed('dep', ['1.2.3']))
    const { 'app/Chart.yaml': common = '' } = app(`http://127.0.0.1:${server.port}`)
    const texts = {
      ...app('file://../common', '0.1.0'),
      'app/Chart.yaml':
        'apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies: [{name: app, version: 0.1.0, repository: "file://../common"}]\n',
      'common/Chart.yaml': common,
    }
    expect(summary(await template(texts, [`127.0.0.1:${server.port}`]))).toContain(
      'common/charts/dep/templates/a.yaml /ConfigMap//dep-1.2.3',
    )
  })

  test('names the dependency whose host, or whose archive, is not allowed', async () => {
    const update = 'run `helm dependency update app`, and commit charts/ and the lock'
    const allow = 'or let the operator allow the host: PLIMSOLL_RENDER_HOSTS'
    expect(await template(app('https://charts.example.com'), ['other.example.com'])).toEqual([
      {
        file: 'app/Chart.yaml',
        line: 5,
        message:
          'the dependency dep ^1.0.0 of https://charts.example.com is not in charts/, and charts.example.com:443 is no host that renders may reach',
        try: `${update}; ${allow}`,
      },
    ])
    expect(await template(app('"@ours"'), ['ours'])).toMatchObject([{ try: update }])
    await using server = await serve()
    const entry = { apiVersion: 'v2', name: 'dep', version: '1.2.3', urls: ['http://files.example.com/dep-1.2.3.tgz'] }
    server.answers.set('/index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { dep: [entry] } }))
    const at = `http://127.0.0.1:${server.port}`
    expect(summary(await template(app(at), [`127.0.0.1:${server.port}`]))).toEqual([
      `app/Chart.yaml:5 the dependency dep ^1.0.0 of ${at} leads to files.example.com:80, which is no host that renders may reach: no rule allows it`,
    ])
  })

  test('is no mistake of the chart when a dependency does not come', async () => {
    await using server = await serve()
    const at = `http://127.0.0.1:${server.port}`
    const absent = template(app(at), [`127.0.0.1:${server.port}`])
    await expect(absent).rejects.toBeInstanceOf(FetchFailedError)
    await expect(absent).rejects.toThrow(
      /^app\/Chart\.yaml:5: the dependency dep \^1\.0\.0 of .* cannot be fetched: .*404/,
    )
  })
})

// Only where the machine can have other names and trust others for a moment.
describe.skipIf(process.getuid?.() !== 0 || !existsSync(trusted))(
  'from hosts that are not this machine by their names',
  { timeout: 600_000 },
  () => {
    const names = ['git.corp.example', 'charts.corp.example']
    const authority = createCertificate('authority')
    const tls = createCertificate('corp', { issuer: { ...authority, name: 'authority' }, hosts: names })
    const machine = { names: names.map((name) => `127.0.0.1 ${name}\n`).join(''), authority: authority.cert }

    test.each([['https'], ['http']])('Kustomize fetches by git over %s, through the proxy', async (scheme) => {
      await using server = await gitHttpServer(scheme === 'https' ? { tls } : {})
      const repository = await server.createRepository('bases')
      await repository.commit(
        { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': deployment('web') },
        'base',
      )
      const url = `${scheme}://git.corp.example:${server.port}/bases.git//base?ref=main`
      const fetched = (rule: string) =>
        renderElsewhere({ renderer: 'kustomize', texts: overlay(url), hosts: [rule] }, machine)
      expect(await fetched(`git.corp.example:${server.port}`)).toEqual({
        summary: ['o/kustomization.yaml apps/Deployment//web'],
      })
      const asked = server.requests.length
      expect(await fetched(`*.corp.example:${server.port}`)).toEqual({
        summary: [
          `o/kustomization.yaml:2 ${url} leads to git.corp.example:${server.port}, which is no host that renders may reach: it resolves to 127.0.0.1, which is no public address, and no rule names it exactly`,
        ],
      })
      expect(server.requests).toHaveLength(asked)
    })

    test('Helm fetches from a repository and from a registry over HTTPS, through the proxy', async () => {
      await using server = await serve(tls)
      const charts = await packed('dep', ['1.2.3'])
      offerCharts(server, 'dep', charts)
      offerImage(server, 'images/dep', '1.2.3', charts.get('1.2.3') ?? Buffer.of())
      const host = `charts.corp.example:${server.port}`
      for (const repository of [`https://${host}`, `oci://${host}/images`]) {
        const texts = Object.fromEntries(
          Object.entries(app(repository)).map(([path, text]) => [path.replace(/^app/, 'o'), text]),
        )
        expect(await renderElsewhere({ renderer: 'helm', texts, hosts: [host] }, machine)).toEqual({
          summary: ['o/charts/dep/templates/a.yaml /ConfigMap//dep-1.2.3', 'o/templates/a.yaml /ConfigMap//a'],
        })
        const refused = await renderElsewhere(
          { renderer: 'helm', texts, hosts: [`*.corp.example:${server.port}`] },
          machine,
        )
        expect(refused).toEqual({ summary: [expect.stringContaining('it resolves to 127.0.0.1, which is no public')] })
      }
    })
  },
)
