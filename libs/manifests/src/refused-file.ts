import type { ManifestError } from './manifest-error.ts'

const lfsPointer = Buffer.from('version https://git-lfs.github.com/spec/v1')

/** Whether a body is what Git LFS puts in the place of a file. */
export function isPointer(body: Uint8Array): boolean {
  return lfsPointer.equals(body.subarray(0, lfsPointer.length))
}

/** Why a file cannot be used: it is a pointer, or too large to be kept (then there is no body). */
export function unreadable(file: string, body: Uint8Array | undefined): ManifestError {
  return body === undefined
    ? { file, line: 0, message: 'the file is larger than any manifest', try: 'exclude it in .plimsollignore' }
    : {
        file,
        line: 0,
        message: 'this is a pointer to a file in Git LFS, and Plimsoll does not fetch from LFS',
        try: 'commit the file itself, or exclude it in .plimsollignore',
      }
}

export function submodule(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: 'this is a submodule, and Plimsoll does not follow submodules',
    try: 'register that repository by itself, or exclude the path in .plimsollignore',
  }
}
