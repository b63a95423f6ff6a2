import { expect, test } from 'vitest'
import { wantsColour, type ColourChoice } from './io.ts'

type Row = [env: Record<string, string>, isTty: boolean, choice: ColourChoice | undefined, colour: boolean]

test.each<Row>([
  [{}, true, undefined, true],
  [{}, false, undefined, false],
  [{}, true, 'auto', true],
  [{}, true, 'never', false],
  [{}, false, 'always', true],
  [{ NO_COLOR: '1' }, true, undefined, false],
  [{ NO_COLOR: '' }, true, undefined, true],
  [{ NO_COLOR: '1' }, true, 'always', true],
  [{ NO_COLOR: '1', CLICOLOR_FORCE: '1' }, false, undefined, false],
  [{ CLICOLOR_FORCE: '1' }, false, undefined, true],
  [{ CLICOLOR_FORCE: '0' }, false, undefined, false],
  [{ CLICOLOR: '0' }, true, undefined, false],
  [{ CLICOLOR: '0', CLICOLOR_FORCE: '1' }, true, undefined, true],
  [{ CLICOLOR: '1' }, false, undefined, false],
  [{ TERM: 'dumb' }, true, undefined, false],
])('with %o, on a terminal: %s, --color %s, text is coloured: %s', (env, isTty, choice, colour) => {
  expect(wantsColour({ env, isTty }, choice)).toBe(colour)
})
