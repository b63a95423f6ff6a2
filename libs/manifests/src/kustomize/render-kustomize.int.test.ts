import { sandboxedTool } from '@plimsoll/harness'
import { describe, expect, test } from 'vitest'
import { configMap, deployment, files, summary } from '../../test/files.ts'
import { renderKustomize } from './render-kustomize.ts'

const tool = await sandboxedTool('kustomize')
const render = (target: string, texts: Readonly<Record<string, string>>) =>
  renderKustomize({ target, files: files(texts), tool })

const base = { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': deployment('web') }

describe('kustomize build', () => {
  test('renders an overlay with what lies beside and above it, and tells where each object comes from', async () => {
    const result = await render('apps/o', {
      'apps/base/kustomization.yaml': base['base/kustomization.yaml'],
      'apps/base/web.yaml': base['base/web.yaml'],
      'shared/settings.txt': 'colour=red',
      'shared/scale.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 9007199254740993}',
      'apps/o/kustomization.yaml': [
        'resources: [../base]',
        'namePrefix: prod-',
        'patches: [{path: ../../shared/scale.yaml}]',
        'configMapGenerator:',
        '- {name: settings, files: [../../shared/settings.txt], options: {disableNameSuffixHash: true}}',
      ].join('\n'),
    })
    expect(summary(result)).toEqual([
      'apps/o/kustomization.yaml /ConfigMap//prod-settings',
      'apps/base/web.yaml apps/Deployment//prod-web',
    ])
    const [settings, web] = 'objects' in result ? result.objects : []
    expect(settings?.object.metadata).toEqual({ name: 'prod-settings' })
    expect(web?.object).toMatchObject({ spec: { replicas: 9007199254740993n }, metadata: { name: 'prod-web' } })
  })

  test.each([
    ['as JSON', '{"resources": ["a.yaml"]}'],
    ['with a comment at the end', 'resources: [a.yaml]\n# the end'],
    ['with a marker at its start', '---\nresources: [a.yaml]\n'],
    ['with a marker at its end', 'resources: [a.yaml]\n...\n'],
    ['with other metadata', 'resources: [a.yaml]\nbuildMetadata: [managedByLabel]\n'],
    ['indented', '  resources: [a.yaml]\n  namePrefix: x-\n'],
  ])('tells origins for a kustomization %s, and leaves no trace of that', async (_how, kustomization) => {
    const result = await render('o', { 'o/kustomization.yaml': kustomization, 'o/a.yaml': configMap('a') })
    const [one] = 'objects' in result ? result.objects : []
    expect(one).toMatchObject({ file: 'o/a.yaml', line: 0, blob: '' })
    expect(one?.object.metadata).not.toHaveProperty('annotations')
  })

  test('keeps origins that the repository asks for', async () => {
    const kustomization = 'resources: [a.yaml]\nbuildMetadata: [originAnnotations]\n'
    const result = await render('.', { 'kustomization.yaml': kustomization, 'a.yaml': configMap('a') })
    const [one] = 'objects' in result ? result.objects : []
    expect(one?.object.metadata).toMatchObject({ annotations: { 'config.kubernetes.io/origin': 'path: a.yaml\n' } })
  })

  test('inflates charts that lie in the repository, and takes hooks out', async () => {
    const chart = (name: string) => ({
      [`o/charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.2.3\n`,
      [`o/charts/${name}/values.yaml`]: 'n: 1\n',
      [`o/charts/${name}/templates/cm.yaml`]: configMap('{{ .Release.Name }}', 'data: {n: "{{ .Values.n }}"}\n'),
      [`o/charts/${name}/templates/hook.yaml`]:
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}\n',
    })
    const result = await render('o', {
      ...chart('app'),
      'o/kustomization.yaml': 'helmCharts: [{name: app, releaseName: rel, valuesInline: {n: 3}}]\n',
    })
    expect(summary(result)).toEqual(['o/kustomization.yaml /ConfigMap//rel'])
    expect('hooks' in result && result.hooks.map(({ events }) => events)).toEqual([['pre-upgrade']])
  })
})

describe('what Kustomize refuses is told by file and reason', () => {
  const overlay = { ...base, 'o/kustomization.yaml': 'resources:\n- ../base\n' }
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      'a reference to nothing',
      { 'base/kustomization.yaml': 'resources:\n- web.yaml\n- gone.yaml\n' },
      'base/kustomization.yaml:3 there is nothing at base/gone.yaml in the repository',
    ],
    [
      'a missing file of a generator',
      { 'base/kustomization.yaml': 'configMapGenerator:\n- name: x\n  files: [gone.txt]\n' },
      'base/kustomization.yaml:3 there is nothing at base/gone.txt in the repository',
    ],
    [
      'malformed YAML',
      { 'base/web.yaml': 'apiVersion: v1\nkind: [x\nmetadata: {name: web}\n' },
      "base/web.yaml:1 malformed YAML: did not find expected ',' or ']'",
    ],
    [
      'a field that it does not know',
      { 'base/kustomization.yaml': 'resources: [web.yaml]\nresource: [x]\n' },
      'base/kustomization.yaml:2 the field "resource" is not known to Kustomize',
    ],
    [
      'an object that is declared twice',
      { 'base/kustomization.yaml': 'resources: [web.yaml, web2.yaml]\n', 'base/web2.yaml': deployment('web') },
      'base/web2.yaml:0 Deployment/web is declared a second time',
    ],
    [
      'a patch for nothing',
      {
        'o/kustomization.yaml': 'resources: [../base]\npatches: [{path: p.yaml}]\n',
        'o/p.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 2}',
      },
      'o/kustomization.yaml:0 a patch is for Deployment/other, which is not among the resources',
    ],
    [
      'a key that is given twice',
      { 'base/web.yaml': `${deployment('web')}kind: Deployment\n` },
      'base/web.yaml:9 the key "kind" is given twice',
    ],
    [
      'a plugin',
      {
        'o/kustomization.yaml': 'resources: [../base]\ntransformers: [t.yaml]\n',
        'o/t.yaml': 'apiVersion: example.com/v1\nkind: Own\nmetadata: {name: x}\n',
      },
      'o/kustomization.yaml:0 the plugin Own is a program, and programs of a repository are not run',
    ],
    [
      'a function that is a program',
      {
        'o/kustomization.yaml': 'resources: [../base]\ntransformers: [t.yaml]\n',
        'o/t.yaml':
          'apiVersion: v1\nkind: Own\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: "exec: {path: ./x.sh}"\n',
        'o/x.sh': '#!/bin/sh\ntouch /work/seen',
      },
      'o/kustomization.yaml:0 the plugin Own is a program, and programs of a repository are not run',
    ],
    [
      'what only it knows to be wrong',
      {
        'o/kustomization.yaml':
          'resources: [../base]\nreplacements: [{source: {kind: ConfigMap, name: nope, fieldPath: data.a}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]}]\n',
      },
      'o/kustomization.yaml:0 nothing selected by ConfigMap.[noVer].[noGrp]/nope.[noNs]:data.a',
    ],
  ])('%s', async (_what, changed, expected) => {
    const [error = ''] = summary(await render('o', { ...overlay, ...changed }))
    expect(error).toBe(expected)
    expect(error).not.toContain('/work')
  })
})
