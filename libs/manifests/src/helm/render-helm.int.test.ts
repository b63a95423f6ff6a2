import { sandboxedTool } from '@plimsoll/harness'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { configMap, files, summary } from '../../test/files.ts'
import type { HelmParameters } from '../renderer.ts'
import { renderHelm } from './render-helm.ts'

const tool = await sandboxedTool('helm')
const standard: HelmParameters = {
  releaseName: 'rel',
  namespace: 'shop',
  valuesFiles: [],
  values: {},
  kubeVersion: '1.36.4',
  apiVersions: [],
}
const render = (
  texts: Readonly<Record<string, string | Uint8Array>>,
  parameters: Partial<HelmParameters> = {},
  target = 'chart',
) => renderHelm({ target, files: files(texts), tool, parameters: { ...standard, ...parameters } })

const chart = (name: string, more = '') => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`
const value = (expression: string) => configMap('told', `data:\n  told: {{ ${expression} | quote }}\n`)

/** What a chart with this template tells. */
async function told(expression: string, parameters: Partial<HelmParameters> = {}, more: Record<string, string> = {}) {
  const result = await render(
    { 'chart/Chart.yaml': chart('app'), 'chart/templates/told.yaml': value(expression), ...more },
    parameters,
  )
  if (!('objects' in result)) return summary(result)
  return (result.objects[0]?.object as unknown as { readonly data: { readonly told: string } } | undefined)?.data.told
}

describe('helm template', () => {
  test('renders objects with their template, custom resource definitions, and hooks apart', async () => {
    const result = await render({
      'chart/Chart.yaml': chart('shop'),
      'chart/crds/foo.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: foos.example.com}\n',
      'chart/templates/_helpers.tpl': '{{ define "n" }}{{ .Release.Name }}{{ end }}',
      'chart/templates/NOTES.txt': 'Thank you',
      'chart/templates/two.yaml': `${configMap('{{ include "n" . }}-a')}---\n${configMap('b')}`,
      'chart/templates/none.yaml': '{{ if .Values.absent }}\nkind: X\n{{ end }}',
      'chart/templates/migrate.yaml': [
        'apiVersion: batch/v1',
        'kind: Job',
        'metadata:',
        '  name: migrate',
        '  annotations:',
        '    helm.sh/hook: pre-install, pre-upgrade,test',
        '    helm.sh/hook-weight: "-5"',
        '    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded',
      ].join('\n'),
      'chart/templates/tests/t.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n',
    })
    expect(summary(result)).toEqual([
      'chart/crds/foo.yaml apiextensions.k8s.io/CustomResourceDefinition//foos.example.com',
      'chart/templates/two.yaml /ConfigMap//rel-a',
      'chart/templates/two.yaml /ConfigMap//b',
    ])
    expect('hooks' in result && result.hooks).toMatchObject([
      {
        file: 'chart/templates/migrate.yaml',
        object: { kind: 'Job', metadata: { name: 'migrate' } },
        events: ['pre-install', 'pre-upgrade'],
        weight: -5,
        deletePolicies: ['before-hook-creation', 'hook-succeeded'],
      },
    ])
  })

  test('knows the release, its namespace, the version and the kinds of the cluster, and looks nothing up', async () => {
    expect(await told('printf "%s %s" .Release.Name .Release.Namespace')).toBe('rel shop')
    expect(await told('.Capabilities.KubeVersion.Version', { kubeVersion: '1.30.2' })).toBe('v1.30.2')
    const apiVersions = ['example.com/v1', 'example.com/v1/Foo']
    expect(await told('.Capabilities.APIVersions.Has "example.com/v1/Foo"', { apiVersions })).toBe('true')
    const many = Array.from({ length: 4_000 }, (_, i) => `group-${i}.platform.example.com/v1/${'Kind'.repeat(10)}`)
    const last = { apiVersions: [...many, ...apiVersions] }
    expect(await told('.Capabilities.APIVersions.Has "example.com/v1/Foo"', last)).toBe('true')
    expect(await told('.Capabilities.APIVersions.Has "example.com/v1/Foo"')).toBe('false')
    expect(await told('lookup "v1" "Namespace" "" "default" | toJson')).toBe('{}')
    expect(await told('getHostByName "localhost"')).toBe('')
    expect(await told('env "HOME"')).toEqual([
      expect.stringMatching(/^chart\/templates\/told.yaml:.*function "env" not defined/),
    ])
  })

  test('takes values of the chart, then of files in their order, then of the workflow', async () => {
    const more = {
      'chart/values.yaml': 'a: chart\nb: chart\nc: chart\nd: chart\n',
      'values/one.yaml': 'b: one\nc: one\nd: one\n',
      'chart/two.yaml': 'c: two\nd: two\n',
    }
    const parameters = { valuesFiles: ['../values/one.yaml', 'two.yaml'], values: { d: 'own' } }
    const expression = 'printf "%s %s %s %s" .Values.a .Values.b .Values.c .Values.d'
    expect(await told(expression, parameters, more)).toBe('chart one two own')
    expect(await told(expression, { valuesFiles: ['gone.yaml'] }, more)).toEqual([
      'chart/gone.yaml:0 there is no such file, and source.helm.values_files names it',
    ])
  })

  test('passes nothing on that Helm could take for an option or another file', async () => {
    const strange = { '$(id)': "'\n`{{", 'x,y': '-f /etc/passwd' }
    expect(await told('.Values | toJson', { values: strange })).toBe(JSON.stringify(strange))
    const at = '-dash, =$(id)'
    const result = await render(
      { [`${at}/Chart.yaml`]: chart('app'), [`${at}/templates/a.yaml`]: configMap('a') },
      {},
      at,
    )
    expect(summary(result)).toEqual([`${at}/templates/a.yaml /ConfigMap//a`])
  })

  test('renders a chart at the root of the repository', async () => {
    const result = await render({ 'Chart.yaml': chart('app'), 'templates/a.yaml': configMap('a') }, {}, '.')
    expect(summary(result)).toEqual(['templates/a.yaml /ConfigMap//a'])
  })

  test('is read as what people commit is: integers whole, keys once', async () => {
    const template = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, generation: 9007199254740993}\n'
    const whole = await render({ 'chart/Chart.yaml': chart('app'), 'chart/templates/a.yaml': template })
    expect('objects' in whole && whole.objects[0]?.object.metadata).toEqual({
      name: 'a',
      generation: 9007199254740993n,
    })
    const twice = { 'chart/Chart.yaml': chart('app'), 'chart/templates/a.yaml': `${configMap('a')}kind: Secret\n` }
    const [error] = summary(await render(twice))
    expect(error).toMatch(/^chart\/templates\/a\.yaml:0 (?:the key "kind" is given twice|it renders to malformed YAML)/)
  })
})

describe('dependencies', () => {
  const common = {
    'libs/common/Chart.yaml': chart(
      'common',
      'dependencies: [{name: deep, version: 0.1.0, repository: "file://../deep"}]\n',
    ),
    'libs/common/templates/c.yaml': configMap('common'),
    'libs/deep/Chart.yaml': chart('deep'),
    'libs/deep/templates/d.yaml': configMap('deep'),
  }
  const needs = (name: string, repository: string, version = '0.1.0') =>
    `dependencies:\n- name: ${name}\n  version: ${version}\n  repository: ${repository}\n`

  test('charts of the repository are laid where Helm looks for them, and theirs', async () => {
    const result = await render({
      ...common,
      'chart/Chart.yaml': chart('app', needs('common', 'file://../libs/common')),
    })
    expect(summary(result).toSorted()).toEqual([
      'libs/common/templates/c.yaml /ConfigMap//common',
      'libs/deep/templates/d.yaml /ConfigMap//deep',
    ])
  })

  test('vendored charts are used as they lie there, as folders and packed', async () => {
    const packed = await packedChart('redis', { 'Chart.yaml': chart('redis'), 'templates/r.yaml': configMap('redis') })
    const result = await render({
      'chart/Chart.yaml': chart(
        'app',
        `${needs('web', 'https://charts.example.com')}- {name: redis, version: 0.x, repository: "https://charts.example.com"}\n`,
      ),
      'chart/charts/web/Chart.yaml': chart('web'),
      'chart/charts/web/templates/w.yaml': configMap('web'),
      'chart/charts/redis-0.1.0.tgz': packed,
    })
    expect(summary(result).toSorted()).toEqual([
      'chart/charts/redis/templates/r.yaml /ConfigMap//redis',
      'chart/charts/web/templates/w.yaml /ConfigMap//web',
    ])
  })

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      'one that lies on a network',
      { 'chart/Chart.yaml': chart('app', needs('redis', 'https://me:secret@charts.example.com', '17.x')) },
      'chart/Chart.yaml:5 the dependency redis 17.x of https://charts.example.com is not in charts/, and a render has no network',
    ],
    [
      'one of an old chart',
      {
        'chart/Chart.yaml': 'apiVersion: v1\nname: app\nversion: 0.1.0\n',
        'chart/requirements.yaml': needs('redis', '"@stable"'),
      },
      'chart/requirements.yaml:2 the dependency redis 0.1.0 of @stable is not in charts/, and a render has no network',
    ],
    [
      'a path without a chart',
      { 'chart/Chart.yaml': chart('app', needs('x', 'file://../gone')) },
      'chart/Chart.yaml:7 there is no chart for the dependency x at file://../gone in the repository',
    ],
    [
      'a lock that is older than the chart',
      {
        'chart/Chart.yaml': chart('app', needs('common', 'file://../libs/common', '0.2.0')),
        'chart/Chart.lock': needs('common', 'file://../libs/common'),
      },
      'chart/Chart.lock:0 the dependency common is not locked as the chart asks for it',
    ],
    [
      'another version than the locked one',
      {
        'chart/Chart.yaml': chart('app', needs('web', 'https://charts.example.com', '^0.1.0')),
        'chart/Chart.lock': needs('web', 'https://charts.example.com', '0.1.7'),
        'chart/charts/web/Chart.yaml': chart('web'),
      },
      'chart/Chart.yaml:5 charts/ holds web 0.1.0, and the lock names 0.1.7',
    ],
  ])('%s is told', async (_what, changed, expected) => {
    expect(summary(await render({ ...common, ...changed }))).toEqual([expected])
  })
})

describe('what Helm refuses is told by file, line and reason', () => {
  const sound = { 'chart/Chart.yaml': chart('app'), 'chart/templates/a.yaml': configMap('a') }
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a value that is not there',
      { 'chart/templates/a.yaml': `${configMap('a')}x: {{ .Values.a.b.c }}\n` },
      ['chart/templates/a.yaml:5 <.Values.a.b.c>: nil pointer evaluating interface {}.b'],
    ],
    [
      'a mistake in what a template includes',
      {
        'chart/templates/_h.tpl': '{{ define "x" }}\n{{ .Values.a.b.c }}{{ end }}',
        'chart/templates/a.yaml': `${configMap('a')}x: {{ include "x" . }}\n`,
      },
      ['chart/templates/_h.tpl:2 <.Values.a.b.c>: nil pointer evaluating interface {}.b'],
    ],
    [
      'a template that cannot be read',
      { 'chart/templates/a.yaml': 'x: {{ if }}\n' },
      ['chart/templates/a.yaml:1 missing value for if'],
    ],
    [
      'what a chart refuses by itself',
      { 'chart/templates/a.yaml': '{{ fail "give me a host" }}\n' },
      ['chart/templates/a.yaml:1 give me a host'],
    ],
    [
      'output that is no YAML',
      { 'chart/templates/a.yaml': `${configMap('a')}x:\n y: 1\n  z: [\n` },
      [
        'chart/templates/a.yaml:0 it renders to malformed YAML: mapping values are not allowed in this context, in line 7 of what it renders to',
      ],
    ],
    [
      'values that do not fit the schema, each',
      {
        'chart/values.yaml': 'replicas: two\nimage: {tag: 1}\n',
        'chart/values.schema.json':
          '{"required":["host"],"properties":{"replicas":{"type":"integer"},"image":{"properties":{"tag":{"type":"string"}}}}}',
      },
      [
        'chart/values.schema.json:0 the value image.tag of the chart app does not fit its schema: got number, want string',
        'chart/values.schema.json:0 the value replicas of the chart app does not fit its schema: got string, want integer',
        "chart/values.schema.json:0 the values of the chart app do not fit its schema: missing property 'host'",
      ],
    ],
    [
      'a cluster that is too old',
      { 'chart/Chart.yaml': chart('app', 'kubeVersion: ">=1.99.0"\n') },
      ['chart/Chart.yaml:0 chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.36.4'],
    ],
    [
      'values that cannot be read',
      { 'chart/values.yaml': 'a: [\n' },
      [
        'chart/values.yaml:1 cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 1: did not find expected node content',
      ],
    ],
  ])('%s', async (_what, changed, expected) => {
    expect(summary(await render({ ...sound, ...changed })).toSorted()).toEqual(expected)
  })

  test('a template that takes all memory is stopped, and one that calls itself without end fails', async () => {
    const endless = { ...sound, 'chart/templates/a.yaml': '{{ range until 2000000000 }}x{{ end }}' }
    await expect(render(endless)).rejects.toMatchObject({ name: 'SandboxError', reason: 'memory' })
    const calling = '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}'
    const [error = ''] = summary(await render({ ...sound, 'chart/templates/a.yaml': calling }))
    expect(error).toMatch(/^chart\/templates\/a\.yaml:1 .{20,600}$/)
  })

  test('a folder without a chart', async () => {
    expect(summary(await render({ 'chart/a.yaml': '' }))).toEqual(['chart:0 the folder holds no Chart.yaml'])
  })
})

/** As `helm package` packs it. */
async function packedChart(name: string, texts: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const blocks = Object.entries(texts).flatMap(([path, text]) => [header(`${name}/${path}`, text.length), padded(text)])
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(path, 0)
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('0ustar\u000000', 156)
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padded(text: string): Buffer {
  const block = Buffer.alloc(Math.ceil(text.length / 512) * 512)
  block.write(text)
  return block
}
