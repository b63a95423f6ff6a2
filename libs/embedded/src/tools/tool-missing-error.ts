import { oldestGo } from './go.ts'
import { knownTools, settingOf, type ToolName } from './known-tools.ts'

type Fields = {
  readonly what: string
  /** Each place that was looked at, and what was found there. */
  readonly where: readonly string[]
  readonly because: string
  /** Each way out. */
  readonly try: readonly string[]
}

/** A program that we need was not found and could not be built. The message is for people: what, where, because, try. */
export class ToolMissingError extends Error implements Fields {
  override readonly name = 'ToolMissingError'
  readonly what: string
  readonly where: readonly string[]
  readonly because: string
  readonly try: readonly string[]

  constructor(fields: Fields, options?: ErrorOptions) {
    const where = fields.where.map((place) => `  where: ${place}`)
    const ways = fields.try.map((way) => `  try: ${way}`)
    super([fields.what, ...where, `  because: ${fields.because}`, ...ways].join('\n'), options)
    this.what = fields.what
    this.where = fields.where
    this.because = fields.because
    this.try = fields.try
  }
}

/** The error for a tool that is nowhere and cannot be built, with every way out. */
export function toolMissing(name: ToolName, looked: readonly string[], because: string, options?: ErrorOptions) {
  const { version, module, instead } = knownTools[name]
  const ways = [
    `install Go ${oldestGo} or newer, have it on PATH and run this again: ${name} is then built from its published source (which Go fetches through GOPROXY)`,
    `put ${name} ${version} on PATH`,
    `set ${settingOf(name)} to the absolute path of ${name} ${version}`,
    ...(module === 'etcd' || module === 'kube' ? ['set KUBEBUILDER_ASSETS to a folder that holds it'] : []),
    ...(instead ? [instead] : []),
  ]
  return new ToolMissingError({ what: `${name} ${version} is missing`, where: looked, because, try: ways }, options)
}
