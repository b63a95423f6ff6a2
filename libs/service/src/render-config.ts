import { hostsSetting, isHostRule } from '@plimsoll/manifests'
import { readConfig } from '@plimsoll/runtime'
import { z } from 'zod'

/** So many the launcher of sandboxes takes. */
const rulesAtMost = 200

/** The setting of a service that renders. */
export const renderConfig = {
  [hostsSetting]: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((rule) => rule !== ''))
    .refine((rules) => rules.length <= rulesAtMost && rules.every(isHostRule))
    .describe(
      'the hosts that Kustomize and Helm may fetch from, as `host`, `host:port` or `*.suffix`, separated by commas',
    ),
} as const

/** The hosts that renders may fetch from, as the environment says. @throws ConfigError */
export function renderHosts(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return readConfig(z.object(renderConfig), env)[hostsSetting]
}
