import { mergeConfig } from 'vitest/config'
import base from '../../vitest.base.ts'

// Tests of one file wait for the same services side by side; more files at once than cores only make each slower.
export default mergeConfig(base, { test: { maxWorkers: 2, testTimeout: 600_000 } })
