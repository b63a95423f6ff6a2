import { withoutCredentials } from '../closure/repository-path.ts'
import { FetchFailedError } from '../fetch-failed-error.ts'
import type { ManifestError } from '../manifest-error.ts'
import { refusedHosts } from '../refused-hosts.ts'
import type { ToolRenderInput } from '../renderer.ts'
import type { AbsentChart } from './place-dependencies.ts'

type Fetched = { readonly files: ReadonlyMap<string, Uint8Array>; readonly errors: readonly ManifestError[] }

const folder = 'fetched'
const atOnce = 4

/**
 * Fetches charts by `helm pull`, each alone and without any file of the repository at hand: what is rendered with values
 * later has no network. Answers them packed, by the paths that Helm looks for them at. Throws FetchFailedError.
 */
export async function fetchCharts(
  absent: readonly AbsentChart[],
  { tool, hosts = [], signal }: Pick<ToolRenderInput, 'tool' | 'hosts' | 'signal'>,
): Promise<Fetched> {
  const files = new Map<string, Uint8Array>()
  const errors: ManifestError[] = []
  const wanted = [
    ...Map.groupBy(absent, ({ name, version, repository }) => [repository, name, version].join(' ')).values(),
  ]
  for (let at = 0; at < wanted.length; at += atOnce)
    await Promise.all(wanted.slice(at, at + atOnce).map((charts) => fetchOne(charts)))
  return { files, errors }

  async function fetchOne(places: readonly AbsentChart[]): Promise<void> {
    const [chart] = places
    if (chart === undefined) return
    const output = await tool.run({
      args: pullArguments(chart),
      files: new Map([[`${folder}/.keep`, new Uint8Array()]]),
      network: { hosts, git: false },
      collect: [folder],
      ...(signal && { signal }),
    })
    const packed = [...output.files].filter(([path]) => /^fetched\/[\w.+-]+\.tgz$/.test(path))
    const { name, version, file, line } = chart
    const text = `the dependency ${name} ${version} of ${withoutCredentials(chart.repository)}`
    if (output.exitCode !== 0 && output.refused.length > 0)
      errors.push(...refusedHosts(output.refused, { file, line, text }))
    else if (output.exitCode !== 0 || packed.length === 0)
      throw new FetchFailedError(`${file}:${line}: ${text} cannot be fetched: ${reason(output.stderr)}`)
    else
      for (const { charts } of places)
        for (const [path, body] of packed) files.set(`${charts}/${path.slice(folder.length + 1)}`, body)
  }
}

function pullArguments({ name, version, repository }: AbsentChart): readonly string[] {
  const options = ['pull', `--destination=${folder}`, ...(version === '' ? [] : [`--version=${version}`])]
  return repository.startsWith('oci://')
    ? [...options, '--', `${repository.replace(/\/$/, '')}/${name}`]
    : [...options, `--repo=${repository}`, '--', name]
}

function reason(stderr: string): string {
  const at = stderr.lastIndexOf('Error: ')
  const line = withoutCredentials(
    stderr
      .slice(at < 0 ? 0 : at + 'Error: '.length)
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
  return line.length > 400 ? `${line.slice(0, 400)}…` : line || 'Helm does not say why'
}
