import { parseDuration } from '../../duration.ts'
import type { Problem } from '../../checked.ts'

/** Commands around a sync, and how long each of them, and each hook that is an object, may take. */
export type HookPolicy = {
  readonly pre_sync_hooks: readonly string[]
  readonly post_sync_hooks: readonly string[]
  readonly hook_timeout_ms: number
}

export type HookPolicyRequest = {
  readonly pre_sync_hooks?: readonly string[]
  readonly post_sync_hooks?: readonly string[]
  readonly hook_timeout?: string
}

const defaultTimeoutMs = 600_000
const longestTimeoutMs = 86_400_000
const commandsAtMost = 20
const charactersAtMost = 4_096

export function hookPolicy(request: HookPolicyRequest, refuse: (problem: Problem) => void): HookPolicy {
  const commands = (field: 'pre_sync_hooks' | 'post_sync_hooks'): readonly string[] => {
    const said = request[field] ?? []
    const where = `sync_policy.${field}`
    if (said.length > commandsAtMost) refuse({ field: where, message: `holds more than ${commandsAtMost} commands` })
    for (const [index, command] of said.entries()) {
      if (command.trim() === '') refuse({ field: `${where}[${index}]`, message: 'is empty' })
      if (command.includes('\0')) refuse({ field: `${where}[${index}]`, message: 'holds a NUL' })
      if (command.length > charactersAtMost)
        refuse({ field: `${where}[${index}]`, message: `is longer than ${charactersAtMost} characters` })
    }
    return said
  }
  const timeout = request.hook_timeout
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDuration(timeout)
  if (timeoutMs === undefined || timeoutMs <= 0 || timeoutMs > longestTimeoutMs)
    refuse({
      field: 'sync_policy.hook_timeout',
      message: `${JSON.stringify(timeout)} is no duration of at most 24h: write 30s, 10m or 1h30m`,
    })
  return {
    pre_sync_hooks: commands('pre_sync_hooks'),
    post_sync_hooks: commands('post_sync_hooks'),
    hook_timeout_ms: timeoutMs ?? defaultTimeoutMs,
  }
}
