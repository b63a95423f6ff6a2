import type { Finish } from '@plimsoll/event-log'
import { currentTraceparent, inSpan } from '@plimsoll/runtime'
import type { Role } from './role.ts'

/** Does work in a span. What it records because of an event stays in that event's trace; the rest is in the span's. */
export function traced({ role, handle }: Pick<Role, 'role' | 'handle'>): Role['handle'] {
  return (claim, context) =>
    inSpan(`${role} ${claim.stream}`, null, async () => {
      const finish = await handle(claim, context)
      return finish.append === undefined ? finish : { ...finish, append: finish.append.map(inTrace) }
    })
}

type Append = NonNullable<Finish['append']>[number]

function inTrace(append: Append): Append {
  const { traceparent = currentTraceparent() } = append.cause
  return { ...append, cause: { ...append.cause, traceparent } }
}
