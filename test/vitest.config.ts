import base from '../vitest.base.ts'

// `mergeConfig` would add to the base's `include`, and the packages below this folder run their tests themselves.
export default { ...base, test: { ...base.test, include: ['*.test.ts'] } }
