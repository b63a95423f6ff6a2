// Completes package-lock.json after a change of dependencies: `node scripts/complete-lock.mjs`.
//
// A registry that lacks packages of foreign platforms makes `npm install` drop them from the lock file without a word,
// and `npm ci` then refuses the lock ("Missing: … from lock file"). A stub with the platform it is for is all it needs.
import { readFileSync, writeFileSync } from 'node:fs'

const systems = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony', 'aix', 'sunos', 'netbsd', 'openbsd']
const processors = ['arm64', 'aarch64', 'x64', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'ia32', 'arm']
const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue
    const os = systems.find((system) => name.includes(system))
    const cpu = processors.find((processor) => name.includes(processor))
    if (!os || !cpu || !/^\d/.test(version)) throw new Error(`${path}: ${name}@${version} names no platform`)
    lock.packages[key] = {
      version,
      cpu: [cpu === 'aarch64' ? 'arm64' : cpu],
      ...(entry.dev && { dev: true }),
      ...(os === 'linux' && { libc: [name.includes('musl') ? 'musl' : 'glibc'] }),
      optional: true,
      os: [os],
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n')
console.log(`package-lock.json: ${added} stubs added`)
