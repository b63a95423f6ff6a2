import { hostsSetting } from '@plimsoll/manifests'
import { readConfig } from '@plimsoll/runtime'
import { z } from 'zod'
import { hostRules } from './host-rules.ts'

/** The setting of a service that renders. */
export const renderConfig = {
  [hostsSetting]: hostRules().describe(
    'the hosts that Kustomize and Helm may fetch from, as `host`, `host:port` or `*.suffix`, separated by commas',
  ),
} as const

/** The hosts that renders may fetch from, as the environment says. @throws ConfigError */
export function renderHosts(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return readConfig(z.object(renderConfig), env)[hostsSetting]
}
