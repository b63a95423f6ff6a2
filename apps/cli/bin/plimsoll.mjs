#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on runs. Plimsoll itself is TypeScript and needs Node 26, which came with `npm ci`.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const self = realpathSync(fileURLToPath(import.meta.url))
const here = dirname(self)
const main = join(here, '..', 'src', 'main.ts')

if (Number(process.versions.node.split('.')[0]) >= 26) {
  // A third of the time to start is spent on compiling. Kept where nobody else can write: what lies there is run.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'plimsoll', 'compiled'))
  await import(main).catch((error) => {
    // Not 1, with which a diff says that it found changes.
    console.error(error)
    process.exitCode = 2
  })
} else {
  const node = packagedNode(here)
  if (node === undefined) {
    console.error('error: this Node is too old\n' + `  where:   Node ${process.versions.node} (${process.execPath})`)
    console.error('  because: Plimsoll needs Node 26\n  try:     `npm ci` in the repository, which brings it along')
    process.exitCode = 2
  } else {
    run(node)
  }
}

/** The Node that is installed beside this package. */
function packagedNode(from) {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', '.bin', 'node')
    if (existsSync(file)) return file
  }
  return undefined
}

function run(node) {
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C in a terminal reaches the child as well; it takes the echo for the same one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  })
}
