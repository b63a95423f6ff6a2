import { shortName } from '@plimsoll/domain'
import type { DeclaredHook } from '@plimsoll/domain'

/** Helm itself runs tests only when it is told to. */
const test = /^test(?:-success|-failure)?$/

/** One warning for all hooks that belong to a point which no sync comes to. */
export function notRunWarnings(hooks: readonly DeclaredHook[]): readonly string[] {
  const named = hooks
    .filter(({ wish }) => !wish.otherwise.every((point) => test.test(point)))
    .map(({ object, where, wish }) => {
      const name = shortName({ kind: object.kind, name: object.metadata.name })
      return `${name} (${wish.otherwise.join(', ')}; ${where})`
    })
  return named.length === 0 ? [] : [`No sync runs these hooks: ${named.join(', ')}`]
}
