import { isHostRule } from '@plimsoll/manifests'
import { z } from 'zod'

/** So many the launcher of sandboxes takes. */
const rulesAtMost = 200

/** A setting that names the hosts that a sandbox may reach: `host`, `host:port` or `*.suffix`, separated by commas. */
export function hostRules() {
  return z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((rule) => rule !== ''))
    .refine((rules) => rules.length <= rulesAtMost && rules.every(isHostRule))
}
