// Checks everything: formatting, then typecheck, lint and tests of every project through Nx, against real servers that
// are started once. `npm test` runs this on Node 26. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The report of each project that has one. */
function reports() {
  const nested = ['apps', 'libs', 'test'].flatMap((layer) => readdirSync(layer).map((name) => `${layer}/${name}`))
  return [...nested, 'test'].map((project) => `${project}/.test/results.json`).filter((report) => existsSync(report))
}

// No syntax here that an older Node does not read: it would say so instead of this.
if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`The checks need Node 26, this is ${process.versions.node}\n  try: npm test`)
  process.exit(1)
}
process.chdir(root)
let stopped = false
const code = await check().catch((error) => {
  // What says itself what to do needs no stack.
  console.error('try' in error ? error.message : error)
  return 1
})
const { passed, failed: failedTests } = count()
// What is no test (formatting, types, lint, a run that was stopped) is seen by its exit code alone.
const failed = Math.max(failedTests, code !== 0 || passed === 0 ? 1 : 0)
console.log(`${passed} passed, ${failed} failed`)
process.exit(code !== 0 ? code : failed > 0 ? 1 : 0)

async function check() {
  // A report of an earlier run must not count for a test run that died before it wrote one.
  for (const report of reports()) rmSync(report)
  const formatted = await run('prettier', ['--check', '--log-level=warn', '.'])
  if (stopped) return 1
  if (formatted !== 0) console.error('Some files are not formatted: `npm run format` mends that.')
  const { startHarness } = await import('../test/harness/src/index.ts')
  const harness = await startHarness()
  try {
    const tasks = ['run-many', '-t', 'typecheck', 'lint', 'test', '--output-style=static', '--parallel=2']
    const tested = await run('nx', [...tasks, ...process.argv.slice(2)], harness.env)
    return stopped ? 1 : tested || formatted
  } finally {
    await harness[Symbol.asyncDispose]()
  }
}

function count() {
  const results = reports().map((report) => JSON.parse(readFileSync(report, 'utf8')))
  const sum = (field) => results.reduce((total, result) => total + result[field], 0)
  // A file that does not even load counts no test: its suite is the failure.
  const broken = results
    .flatMap((result) => result.testResults)
    .filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'))
  return { passed: sum('numPassedTests'), failed: sum('numFailedTests') + broken.length }
}

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const passOn = (signal) => {
      stopped = true
      child.kill(signal)
    }
    for (const signal of signals) process.on(signal, passOn)
    const end = (status) => {
      for (const signal of signals) process.off(signal, passOn)
      resolve(status)
    }
    child.once('error', (error) => {
      console.error(`${command} could not be run: ${error.message}`)
      end(1)
    })
    child.once('exit', (status) => end(status ?? 1))
  })
}
