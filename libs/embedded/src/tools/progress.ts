import type { ToolName } from './known-tools.ts'

/** What a build is doing now. Times are in seconds since that tool's build began. */
export type ToolProgress =
  | { readonly kind: 'waiting'; readonly tool: ToolName; readonly holder: number }
  | {
      readonly kind: 'started'
      readonly tool: ToolName
      readonly version: string
      readonly go: string
      readonly freeBytes: number
    }
  | { readonly kind: 'fetching'; readonly tool: ToolName; readonly modules: number; readonly seconds: number }
  | {
      readonly kind: 'compiling'
      readonly tool: ToolName
      readonly done: number
      readonly total: number
      readonly linking: boolean
      readonly seconds: number
    }
  | {
      readonly kind: 'built'
      readonly tool: ToolName
      readonly path: string
      readonly bytes: number
      readonly seconds: number
    }

/** Progress as one line for people. */
export function describeProgress(progress: ToolProgress): string {
  const { tool } = progress
  switch (progress.kind) {
    case 'waiting':
      return `${tool}: process ${progress.holder} is building tools; waiting for it`
    case 'started':
      return `${tool} ${progress.version}: not found, building it once with Go ${progress.go} (${size(progress.freeBytes)} of disk free)`
    case 'fetching':
      return `${tool}: fetching its source, ${progress.modules} modules so far, ${time(progress.seconds)}`
    case 'compiling':
      return progress.linking
        ? `${tool}: linking, ${time(progress.seconds)}`
        : `${tool}: compiled ${progress.done} of ${progress.total} packages, ${time(progress.seconds)}`
    case 'built':
      return `${tool}: built in ${time(progress.seconds)}, ${size(progress.bytes)}, kept in ${progress.path}`
  }
}

function time(seconds: number): string {
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** Bytes for people, in decimal units. */
export function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
