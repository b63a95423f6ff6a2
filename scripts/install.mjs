// Installs what package-lock.json asks for, if that is not what is installed: `node scripts/install.mjs`.
// Plain JavaScript: it runs on the Node that the newcomer has (>= 20), before ours is there.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const stampFile = new URL('node_modules/.lock-sha256', root)
const wanted = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex')

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node 20 or newer is needed to install, this is ${process.versions.node}`, 'install a newer Node')
}
if (installed() !== wanted) {
  await takeTurns()
  if (installed() !== wanted) await install()
}

function installed() {
  try {
    return readFileSync(stampFile, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Two installations at once would take each other's files away: the second waits, and finds nothing left to do. */
async function takeTurns() {
  const file = new URL('.install.pid', root)
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      process.on('exit', () => rmSync(file, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') fail(error.message, 'make this folder writable')
    }
    const pid = holderOf(file)
    if (pid === undefined) rmSync(file, { force: true })
    else if (!told) console.error(`Process ${pid} is installing the npm packages; waiting for it …`)
    await sleep(300)
  }
}

/** Undefined when nobody has it any more: a killed process leaves the file behind. */
function holderOf(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return pid > 0 || Date.now() - statSync(file).mtimeMs < 2_000 ? pid : undefined
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined
  }
}

async function install() {
  console.error('Installing the npm packages that package-lock.json names (npm ci), about a minute …')
  rmSync(stampFile, { force: true })
  // npm tells its scripts where it is itself; by hand it is looked for on PATH.
  const { npm_execpath: npm } = process.env
  const [command, ...words] = npm ? [process.execPath, npm] : ['npm']
  const { code, signal, error } = await run(command, [...words, 'ci', '--loglevel=error', '--no-audit', '--no-fund'])
  if (error) fail(`npm could not be run: ${error.message}`, 'install npm and have it on PATH')
  if (code === 0) return writeFileSync(stampFile, `${wanted}\n`)
  if (signal) fail('it was stopped', 'run this again')
  fail(
    `\`npm ci\` failed with code ${code}; what it said is above`,
    'check that the npm registry is reachable (`npm ping`) and that the disk has 1.5 GB free; then run this again',
  )
}

/** Ends after the child also when both are told to stop: what npm still writes would be in the way of the next start. */
function run(command, args) {
  return new Promise((resolve) => {
    let stopped
    const child = spawn(command, args, { cwd: fileURLToPath(root), stdio: ['ignore', 2, 2] })
    const stop = (signal) => {
      stopped = signal
      // Asked kindly, npm first removes what it installed, which takes long and which the next `npm ci` does anyway.
      child.kill('SIGKILL')
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
    // The shell between npm and us dies of a SIGTERM without passing it on.
    const { ppid } = process
    setInterval(() => process.ppid === ppid || stop('SIGTERM'), 500).unref()
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (code, signal) => resolve({ code, signal: stopped ?? signal }))
  })
}

function fail(because, way) {
  console.error(
    `The npm packages could not be installed\n  where: ${fileURLToPath(root)}\n  because: ${because}\n  try: ${way}`,
  )
  process.exit(1)
}
