import { expect, test } from 'vitest'
import { portionsOf } from './portions-of.ts'

const mebibyte = 1024 * 1024

async function portions(...mebibytes: readonly number[]): Promise<number[][]> {
  const files = mebibytes.map((_, i) => ({ path: `${i}`, mode: '100644', blob: `${i}` }))
  const sizes = async (blobs: readonly string[]) =>
    new Map(blobs.map((blob) => [blob, (mebibytes[Number(blob)] ?? 0) * mebibyte]))
  const { portions: found, bytes } = await portionsOf(files, { sizes })
  expect(found.flat()).toEqual(files)
  expect(bytes).toBe(mebibytes.reduce((sum, size) => sum + size, 0) * mebibyte)
  return found.map((portion) => portion.map(({ path }) => mebibytes[Number(path)] ?? 0))
}

test('no portion holds more than 8 MiB, unless it is one file', async () => {
  expect(await portions(3, 4, 1, 1, 16, 8, 0, 1)).toEqual([[3, 4, 1], [1], [16], [8, 0], [1]])
  expect(await portions()).toEqual([])
})

test('no portion holds more than 500 files, also when their sizes are not known', async () => {
  expect((await portions(...Array.from({ length: 1_001 }, () => 0))).map(({ length }) => length)).toEqual([500, 500, 1])
  const files = Array.from({ length: 501 }, (_, i) => ({ path: `${i}`, mode: '100644', blob: 'b' }))
  expect((await portionsOf(files, {})).portions.map(({ length }) => length)).toEqual([500, 1])
})
