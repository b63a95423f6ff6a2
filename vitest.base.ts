import { defineConfig } from 'vitest/config'

// Typed by hand outside an npm script, the shebang of `vitest` finds the system's Node, which may not strip types.
const major = Number(process.versions.node.split('.')[0])
if (major < 26)
  throw new Error(`tests need Node 26, this is ${process.versions.node}: run them by \`npm test\` or \`npx nx test\``)

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 100_000 } },
  },
})
