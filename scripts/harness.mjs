// Starts the servers that tests need and stays: `npm run -s harness [-- FOLDER]`. Prints `export` lines for a shell.
import { startHarness } from '../test/harness/src/index.ts'

const dir = process.argv[2]
await using harness = await startHarness(dir ? { dir } : {})
for (const [name, value] of Object.entries(harness.env)) console.log(`export ${name}='${value}'`)
console.error('The servers run until Ctrl-C.')

const hold = setInterval(() => {}, 60_000)
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve)
})
clearInterval(hold)
