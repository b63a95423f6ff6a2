import { shortDigest } from '@plimsoll/domain'
import type { PlanV1 } from '@plimsoll/proto'
import { cleanLine } from '../clean.ts'

/** What a reader of a plan who agrees types next: this plan and no other. undefined of a plan that nobody can carry out. */
export function nextStep(
  { digest, workflow_id: id, conflicts, summary }: PlanV1,
  awaitsApproval: boolean,
): { readonly what: string; readonly command: string } | undefined {
  if (digest === '' || summary.total_changes === 0 || conflicts.some(({ blocking }) => blocking)) return undefined
  const plan = `${cleanLine(id)} --plan ${cleanLine(shortDigest(digest))}`
  return awaitsApproval
    ? { what: 'A sync waits for approval of exactly this', command: `plimsoll approve ${plan}` }
    : { what: 'To do exactly this', command: `plimsoll sync ${plan}` }
}
