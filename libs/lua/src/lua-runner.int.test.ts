import { afterAll, describe, expect, test } from 'vitest'
import { LuaError } from './lua-error.ts'
import { openLuaRunner } from './lua-runner.ts'

const lua = openLuaRunner({ timeoutMs: 20_000 })
afterAll(() => lua[Symbol.asyncDispose]())

const run = (source: string, globals: Readonly<Record<string, unknown>> = {}) =>
  lua.run({ name: 'test.lua', source }, globals)
const failure = async (source: string, runner = lua) => {
  const error = await runner.run({ name: 'test.lua', source }, {}).catch((reason: unknown) => reason)
  if (!(error instanceof LuaError)) throw new Error(`no LuaError: ${JSON.stringify(error)}`)
  return error
}

test.each<[string, unknown]>([
  ['return 1 + 2', 3],
  ['return "a" .. "b"', 'ab'],
  ['return { status = "Healthy", list = { 1, 2 } }', { status: 'Healthy', list: [1, 2] }],
  ['return nil', null],
  ['local x = 1', null],
  ['return ("a-b"):gsub("-", "+")', 'a+b'],
  ['return #unpack({ { 1, 2 } })', 2],
  ['return math.pow(2, 3)', 8],
  ['return table.getn({ 1, 2, 3 })', 3],
  ['return math.type(os.time())', 'integer'],
])('%s', async (source, value) => {
  expect(await run(source)).toEqual(value)
})

test.each([
  [{ year: 2026, month: 11, day: 23, hour: 9, min: 30, sec: 15 }, '2026-11-23T09:30:15Z'],
  [{ year: 2024, month: 2, day: 29 }, '2024-02-29T12:00:00Z'],
  [{ year: 2000, month: 1, day: 1, hour: 0 }, '2000-01-01T00:00:00Z'],
  [{ year: 1970, month: 3, day: 1, hour: 0 }, '1970-03-01T00:00:00Z'],
])('os.time of %j is that of UTC', async (at, instant) => {
  expect(await run('return os.time(at)', { at })).toBe(Date.parse(instant) / 1000)
})

test('data goes in as tables: lists from 1 on, null as nil, integers as integers', async () => {
  const obj = { items: [{ name: 'a' }, { name: 'b' }], gone: null, count: 3, big: 9007199254740993n }
  const source = `
    local names = ""
    for _, item in ipairs(obj.items) do names = names .. item.name end
    return { names, obj.gone == nil, math.type(obj.count), obj.big }`
  expect(await run(source, { obj })).toEqual(['ab', true, 'integer', '9007199254740993'])
})

test.each(['io', 'package', 'debug', 'require', 'dofile', 'loadfile', 'load', 'loadstring', 'coroutine', 'print'])(
  '%s is not there',
  async (name) => {
    expect(await run(`return ${name} == nil`)).toBe(true)
  },
)

test('of os only the clock is there', async () => {
  expect(
    await run('local names = {} for name in pairs(os) do names[#names + 1] = name end table.sort(names) return names'),
  ).toEqual(['clock', 'time'])
})

test('nothing of a script is left to the next', async () => {
  await run('shared = 1 string.upper = nil return 1')
  expect(await run('return { shared == nil, ("a"):upper() }')).toEqual([true, 'A'])
})

describe('a script that goes wrong', () => {
  test('is told with its line', async () => {
    expect(await failure('local x = nil\nreturn x.y')).toMatchObject({
      failure: 'script',
      message: expect.stringContaining('test.lua:2: attempt to index a nil value'),
    })
    expect((await failure('return return')).failure).toBe('script')
    expect((await failure('error({ secret = 1 })')).failure).toBe('script')
  })

  test.each([
    'while true do end',
    'while true do pcall(function() while true do end end) end',
    'return ("a"):rep(30):find((".-"):rep(30) .. "b")',
  ])('is ended when it takes too long: %s', async (source) => {
    await using hasty = openLuaRunner({ timeoutMs: 3_000 })
    expect((await failure(source, hasty)).failure).toBe('time')
    expect(await hasty.run({ name: 'next.lua', source: 'return 1' }, {})).toBe(1)
  })

  test.each([
    'return ("x"):rep(1e9)',
    'local t = {} for i = 1, 1e9 do t[i] = {} end',
    'local function f() return f() + 1 end f()',
  ])('is ended when it takes too much memory or stack: %s', async (source) => {
    expect(['memory', 'script']).toContain((await failure(source)).failure)
    expect(await run('return 1')).toBe(1)
  })

  test('does not hold up those behind it for longer than its time', async () => {
    await using hasty = openLuaRunner({ timeoutMs: 3_000 })
    const runaway = failure('while true do end', hasty)
    expect(await hasty.run({ name: 'next.lua', source: 'return 2' }, {})).toBe(2)
    expect((await runaway).failure).toBe('time')
  })
})

test('a thousand scripts leave nothing behind', async () => {
  const results = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => run('return { n = obj.n }', { obj: { n: i } })),
  )
  expect(results.map((result) => (result as { n: number }).n)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
})
