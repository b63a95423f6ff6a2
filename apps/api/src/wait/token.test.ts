import { expect, test } from 'vitest'
import { RefusalError } from '../refusal-error.ts'
import { formatToken, parseToken } from './token.ts'

test.each(['workflow-shop', 'repository-a.b-c', 'system'])('a token of %s is read as it was written', (stream) => {
  expect(parseToken(formatToken(stream, 7), 'min_token')).toEqual({ stream, version: 7 })
})

test('no text is no token', () => {
  expect(parseToken('', 'min_token')).toBeUndefined()
})

test.each([
  'x',
  'workflow-shop',
  'workflow-shop@',
  'workflow-shop@-1',
  'other-shop@1',
  "workflow-a'; drop table event@1",
])('%j is refused', (text) => {
  expect(() => parseToken(text, 'min_token')).toThrow(RefusalError)
})
