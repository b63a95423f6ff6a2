import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { sandboxedTool, testTool } from '@plimsoll/harness'
import { renderHelm } from '@plimsoll/manifests'
import { median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'

const rounds = 9
const templates = 100
const perTemplate = 5

/** A chart of 500 objects: from its files in memory to objects that are checked, against `helm template` alone. */
export async function renderChart(): Promise<readonly Figure[]> {
  const files = largeChart()
  const [helm, tool] = await Promise.all([testTool('helm'), sandboxedTool('helm')])
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'))
  try {
    await write(folder, files)
    const bare: number[] = []
    const ours: number[] = []
    const inside: number[] = []
    for (let round = 0; round < rounds; round++) {
      bare.push(await seconds(() => bareTemplate(helm, folder)))
      ours.push(await seconds(() => rendered(files, { ...tool, run: (run) => timed(inside, () => tool.run(run)) })))
    }
    const [limit, value, program] = [median(bare), median(ours), median(inside)]
    return [
      ratioFigure({
        name: 'render-chart',
        value,
        unit: 's',
        limit,
        ratio: limit / value,
        // At most 1.3 times the time.
        aim: 0.77,
        n: templates * perTemplate,
        clock:
          'files in memory to checked objects, through the sandbox; against `helm template` of the same chart on disk',
        parts: { sandbox: program, parse: value - program },
      }),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Tool = Awaited<ReturnType<typeof sandboxedTool>>

async function rendered(files: ReadonlyMap<string, Uint8Array>, tool: Tool): Promise<void> {
  const parameters = {
    releaseName: 'rel',
    namespace: 'bench',
    valuesFiles: [],
    values: {},
    kubeVersion: '1.36.4',
    apiVersions: [],
  }
  const result = await renderHelm({ target: 'chart', files, tool, parameters })
  if (!('objects' in result) || result.objects.length !== templates * perTemplate)
    throw new Error(`the chart did not render: ${JSON.stringify(result).slice(0, 500)}`)
}

async function bareTemplate(helm: string, folder: string): Promise<void> {
  const args = ['template', '--namespace=bench', '--include-crds', '--kube-version=1.36.4', 'rel', './chart']
  await promisify(execFile)(helm, args, {
    cwd: folder,
    env: { HOME: folder, PATH: '/bin' },
    maxBuffer: 64 * 1024 ** 2,
  })
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

async function timed<Value>(times: number[], work: () => Promise<Value>): Promise<Value> {
  const began = performance.now()
  const value = await work()
  times.push((performance.now() - began) / 1_000)
  return value
}

/** As charts of platforms are: helpers for names and labels, values with defaults, loops. */
function largeChart(): ReadonlyMap<string, Uint8Array> {
  const texts: Record<string, string> = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: large\nversion: 1.0.0\n',
    'chart/values.yaml': `image: {repository: registry.example.com/app, tag: "1.2.3"}\nreplicas: 2\nitems: [${Array.from({ length: perTemplate }, (_, i) => i).join(', ')}]\n`,
    'chart/templates/_helpers.tpl': helpers,
  }
  for (let index = 0; index < templates; index++) texts[`chart/templates/part-${index}.yaml`] = template(index)
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]))
}

const helpers = `{{- define "large.name" -}}{{ printf "%s-%s" .Release.Name .name | trunc 63 | trimSuffix "-" }}{{- end }}
{{- define "large.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
`

function template(index: number): string {
  return `{{- range $item := .Values.items }}
{{- $scope := dict "Release" $.Release "name" (printf "part-${index}-%v" $item) }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "large.name" $scope }}
  labels:
    {{- include "large.labels" $scope | nindent 4 }}
spec:
  replicas: {{ $.Values.replicas | default 1 }}
  selector:
    matchLabels:
      {{- include "large.labels" $scope | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "large.labels" $scope | nindent 8 }}
      annotations:
        checksum: {{ toYaml $.Values | sha256sum }}
    spec:
      containers:
        - name: app
          image: "{{ $.Values.image.repository }}:{{ $.Values.image.tag }}"
          ports: [{containerPort: 8080}]
          resources:
            requests: {cpu: 100m, memory: 128Mi}
{{- end }}
`
}

async function write(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, body] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), body)
  }
}
