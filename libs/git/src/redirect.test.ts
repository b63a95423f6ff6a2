import { expect, test } from 'vitest'
import { followRedirect } from './redirect.ts'

const remote = { url: 'https://git.example/old', branch: 'main' }
const suffix = '/info/refs?service=git-upload-pack'

function follow(base: string, location: string): string | undefined {
  try {
    return followRedirect(remote, new URL(base + suffix), location, suffix).href
  } catch {
    return undefined
  }
}

test.each([
  ['https://git.example/old', `/new${suffix}`, 'https://git.example/new'],
  ['https://git.example/old', `https://git.example/new${suffix}`, 'https://git.example/new'],
  ['https://git.example/old', `https://git.example:443/new${suffix}`, 'https://git.example/new'],
  ['http://git.example/old', `https://git.example/old${suffix}`, 'https://git.example/old'],
  ['http://git.example:8080/old', `/new${suffix}`, 'http://git.example:8080/new'],
  ['https://git.example/old', `http://git.example/old${suffix}`, undefined],
  ['https://git.example/old', `https://git.example.evil/old${suffix}`, undefined],
  ['https://git.example/old', `https://evil@git.example/old${suffix}`, undefined],
  ['https://git.example/old', `https://git.example:8443/old${suffix}`, undefined],
  ['https://git.example/old', `//evil.example/old${suffix}`, undefined],
  ['http://git.example:8080/old', `https://git.example/old${suffix}`, undefined],
  ['https://git.example/old', 'https://git.example/login', undefined],
  ['https://git.example/old', 'file:///etc/passwd', undefined],
  ['https://git.example/old', 'https://[', undefined],
])('from %s to %s leads to %s', (base, location, target) => {
  expect(follow(base, location)).toBe(target)
})
