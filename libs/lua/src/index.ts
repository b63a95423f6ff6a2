export { type HealthScripts, openHealthScripts } from './health-scripts.ts'
export { LuaError, type LuaFailure } from './lua-error.ts'
export { type LuaLimits, type LuaRunner, type LuaScript, openLuaRunner } from './lua-runner.ts'
