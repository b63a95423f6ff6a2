// Starts the servers that tests need and stays: `npm run -s harness [-- FOLDER]`. Prints `export` lines for a shell.
if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`The harness needs Node 26, this is ${process.versions.node}\n  try: npm run -s harness`)
  process.exit(1)
}
const { startHarness } = await import('../test/harness/src/index.ts')

const dir = process.argv[2]
const harness = await startHarness(dir ? { dir } : {})
for (const [name, value] of Object.entries(harness.env)) console.log(`export ${name}='${value}'`)
console.error('The servers run until Ctrl-C.')

const hold = setInterval(() => {}, 60_000)
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve)
})
clearInterval(hold)
await harness[Symbol.asyncDispose]()
