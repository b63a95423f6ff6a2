import { joinPath } from '../closure/repository-path.ts'
import type { ManifestError } from '../manifest-error.ts'

export type FailedChart = {
  readonly target: string
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The file of the repository that Helm calls so. */
  readonly fileOf: (source: string) => string
}

const remedy = 'correct the template or the values, and try it with `helm template`'

/** What Helm said, as errors of files of the repository. */
export function helmErrors(stderr: string, chart: FailedChart): readonly ManifestError[] {
  const at = stderr.lastIndexOf('Error: ')
  const said = (at < 0 ? stderr : stderr.slice(at + 'Error: '.length))
    .replace(/\n+Use --debug flag to render out invalid YAML\s*$/, '')
    .trim()
  return schemaErrors(said, chart) ?? [templateError(said, chart) ?? fileError(said, chart)]
}

/** One error for each value that does not fit. */
function schemaErrors(said: string, { target }: FailedChart): readonly ManifestError[] | undefined {
  if (!said.startsWith("values don't meet the specifications of the schema")) return undefined
  let chart = ''
  const errors: ManifestError[] = []
  for (const line of said.split('\n').slice(1)) {
    const found = /^\s*- (?:at '([^']*)': )?(.*)$/.exec(line)
    if (found === null) chart = /^(\S+):\s*$/.exec(line)?.[1] ?? chart
    else {
      const value = found[1] ? `the value ${found[1].slice(1).replaceAll('/', '.')}` : 'the values'
      const message = `${value} of the chart ${chart} do not fit its schema: ${found[2]}`
      const told = found[1] ? message.replace(' do not fit', ' does not fit') : message
      errors.push({ file: joinPath(target, 'values.schema.json'), line: 0, message: told, try: 'correct the values' })
    }
  }
  return errors.length > 0 ? errors : undefined
}

const yamlError = /^YAML parse error on (\S+): (?:error converting YAML to JSON: )?(?:yaml: )?(?:line (\d+): )?(.*)$/s
const located = /\(?([^\s():]+\/[^\s():]+):(\d+)(?::\d+)?\)?:?/g

function templateError(said: string, { fileOf }: FailedChart): ManifestError | undefined {
  const broken = yamlError.exec(said)
  if (broken?.[1] !== undefined) {
    const line = broken[2] === undefined ? '' : `, in line ${broken[2]} of what it renders to`
    const message = `it renders to malformed YAML: ${plain(broken[3] ?? '')}${line}`
    return { file: fileOf(broken[1]), line: 0, message, try: remedy }
  }
  // From the outermost template to where it went wrong.
  const places = [...said.matchAll(located)].filter(([, path = '']) => /\/templates\//.test(path))
  const last = places.at(-1)
  if (last?.[1] === undefined) return undefined
  const rest = said.slice(last.index + last[0].length)
  const reason = plain(rest.replace(/^\s*executing "[^"]*" at /, ' at ')).replace(/^at /, '')
  return { file: fileOf(last[1]), line: Number(last[2]), message: reason || plain(said), try: remedy }
}

/** A file that is named, or the chart. */
function fileError(said: string, { target, files }: FailedChart): ManifestError {
  const text = plain(said)
  const named = text.match(/[^\s:'"()]+\.(?:ya?ml|json|tgz|tpl|lock)/g) ?? []
  const file = named.flatMap((name) => [name, joinPath(target, name)]).find((path) => files.has(path))
  const line = /yaml: line (\d+)/.exec(text)?.[1]
  return {
    file: file ?? joinPath(target, 'Chart.yaml'),
    line: file === undefined || line === undefined ? 0 : Number(line),
    message: text,
    try: 'correct the chart or the values, and try it with `helm template`',
  }
}

/** Without the folders of the sandbox, and on one line. */
function plain(text: string): string {
  const told = text
    .replaceAll('/work/', '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  return told.length > 600 ? `${told.slice(0, 600)}…` : told
}
