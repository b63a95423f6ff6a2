import { expect, test } from 'vitest'
import { readable } from './live-output.ts'

test('what a person can read is passed on, and of a flood only a part, which is said', () => {
  const told: string[] = []
  let time = 0
  const tell = readable(
    (text) => told.push(text),
    () => time,
  )
  tell('a line\n')
  const much = 'x'.repeat(100_000)
  for (let i = 0; i < 5; i += 1) tell(much)
  expect(told.map(({ length }) => length)).toEqual([7, 100_000, 100_000])
  time = 60_000
  tell('the end\n')
  tell('really\n')
  expect(told.slice(3)).toEqual(['[… 300000 characters are left out …]\nthe end\n', 'really\n'])
})
