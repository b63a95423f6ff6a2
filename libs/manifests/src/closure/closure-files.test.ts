import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Content } from '../../test/source-tree.ts'
import { closureBodies, closureFiles } from './closure-files.ts'

const link = (text: string): Content => ({ mode: '120000', text })

function closure(contents: Readonly<Record<string, Content>>) {
  const bodies = new Map<string, Uint8Array>()
  const files = Object.entries(contents).map(([path, content]) => {
    const { mode, text } = typeof content === 'string' ? { mode: '100644', text: content } : content
    const blob = createHash('sha1').update(text).digest('hex')
    bodies.set(blob, Buffer.from(text))
    return { path, mode, blob }
  })
  const read = async (blobs: readonly string[]) =>
    new Map(blobs.flatMap((blob) => (bodies.has(blob) ? [[blob, bodies.get(blob) ?? new Uint8Array()]] : [])))
  return { files, read }
}

async function given(contents: Readonly<Record<string, Content>>) {
  const input = closure(contents)
  const { files, errors } = await closureFiles(input)
  const read = await closureBodies(files, input)
  const bodies =
    'files' in read ? [...read.files].map(([path, body]) => `${path}: ${Buffer.from(body).toString()}`) : []
  const wrong = [...errors, ...('files' in read ? [] : read)]
  return { bodies, errors: wrong.map(({ file, message }) => `${file}: ${message}`) }
}

test('a program may read every file but those that an ignore file excludes, hidden ones too', async () => {
  const { bodies, errors } = await given({
    'base/kustomization.yaml': 'k',
    'base/.env': 'A=1',
    'base/notes/a.md': 'n',
    'base/.plimsollignore': 'notes/\n',
    'overlay/notes/a.md': 'kept',
    'overlay/.sourceignore': '*.bak',
    'overlay/deep/x.bak': 'x',
    'overlay/deep/.sourceignore': '!x.bak',
    'overlay/y.bak': 'y',
  })
  expect(errors).toEqual([])
  expect(bodies).toEqual([
    'base/.env: A=1',
    'base/.plimsollignore: notes/\n',
    'base/kustomization.yaml: k',
    'overlay/.sourceignore: *.bak',
    'overlay/deep/.sourceignore: !x.bak',
    'overlay/deep/x.bak: x',
    'overlay/notes/a.md: kept',
  ])
})

test('links within the closure are what they lead to', async () => {
  const { bodies, errors } = await given({
    'base/a.yaml': 'a',
    'overlay/a.yaml': link('../base/a.yaml'),
    'overlay/again.yaml': link('a.yaml'),
    'overlay/folder': link('../base'),
  })
  expect(errors).toEqual([])
  expect(bodies).toEqual(['base/a.yaml: a', 'overlay/a.yaml: a', 'overlay/again.yaml: a', 'overlay/folder/a.yaml: a'])
})

test('what cannot be read is told with its path, unless it is excluded', async () => {
  const contents = {
    'o/absolute': link('/etc/passwd'),
    'o/climbs': link('../../../etc/passwd'),
    'o/outside': link('../docs/a.md'),
    'o/itself': link('.'),
    'o/loop': link('loop'),
    'o/module': { mode: '160000', text: '' },
    'o/big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  }
  const refused = 'this symbolic link does not lead to anything that the render may read'
  expect((await given({ ...contents, 'o/a.yaml': '' })).errors).toEqual([
    'o/module: this is a submodule, and Plimsoll does not follow submodules',
    ...['absolute', 'climbs', 'outside', 'itself', 'loop'].map((name) => `o/${name}: ${refused}`),
    'o/big.bin: this is a pointer to a file in Git LFS, and Plimsoll does not fetch from LFS',
  ])
  expect((await given({ ...contents, 'o/.plimsollignore': '/*\n' })).errors).toEqual([])
})

test('a file that was too large to be kept is refused', async () => {
  const { files } = closure({ 'o/a.bin': 'a' })
  const read = await closureBodies(files, { read: async () => new Map() })
  expect(read).toMatchObject([{ file: 'o/a.bin', message: 'the file is larger than any manifest' }])
})

test('neither the files nor their bytes grow without bound', async () => {
  const files = Array.from({ length: 20_001 }, (_, i) => ({ path: `o/${i}`, mode: '100644', blob: 'b' }))
  const read = async () => new Map([['b', Buffer.alloc(1024 * 1024)]])
  const { errors } = await closureFiles({ files, read })
  expect(errors.map(({ message }) => message)).toEqual(['the render could read more than 20000 files'])
  const bodies = await closureBodies(files.slice(0, 100), { read })
  const message = 'the render could read more than 67108864 bytes: this file and others'
  expect(bodies).toMatchObject([{ file: 'o/64', message }])
  const unread = await closureBodies(files.slice(0, 100), {
    read: () => Promise.reject(new Error('nothing is to be read')),
    sizes: async () => new Map([['b', 1024 * 1024]]),
  })
  expect(unread).toMatchObject([{ file: 'o/0', message }])
})
