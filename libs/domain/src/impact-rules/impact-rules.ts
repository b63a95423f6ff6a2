import { accessRules } from './access-rules.ts'
import { capacityRules } from './capacity-rules.ts'
import { deletionRules } from './deletion-rules.ts'
import { extensionRules } from './extension-rules.ts'
import { generalRules } from './general-rules.ts'
import { immutableRules } from './immutable-rules.ts'
import type { ImpactRule } from './impact-rule.ts'
import { networkRules } from './network-rules.ts'
import { storageRules } from './storage-rules.ts'
import { workloadRules } from './workload-rules.ts'

/** How bad which change is: every rule that holds gives a reason, and the highest decides. */
export const impactRules: readonly ImpactRule[] = [
  ...deletionRules,
  ...storageRules,
  ...immutableRules,
  ...workloadRules,
  ...capacityRules,
  ...networkRules,
  ...accessRules,
  ...extensionRules,
  ...generalRules,
]

/** The names by which a workflow raises or lowers a rule. */
export const impactRuleNames: ReadonlySet<string> = new Set(impactRules.map(({ name }) => name))
