import { resolve } from 'node:path'
import type { CustomHealth } from '@plimsoll/kubernetes'
import { openHealthScripts, openLuaRunner } from '@plimsoll/lua'
import { z } from 'zod'

/** The setting that names the folder of health checks written in Lua. */
export const healthConfig = {
  PLIMSOLL_HEALTH_SCRIPTS_DIR: z
    .string()
    .optional()
    .describe('folder with health checks as <group>/<Kind>/health.lua, by the contract of Argo CD'),
} as const

type HealthConfig = { readonly PLIMSOLL_HEALTH_SCRIPTS_DIR?: string | undefined }

/** The operator's own health checks; undefined if there are none. Throws for a folder that cannot be read. */
export async function openCustomHealth(
  stack: AsyncDisposableStack,
  { PLIMSOLL_HEALTH_SCRIPTS_DIR: folder }: HealthConfig,
): Promise<CustomHealth | undefined> {
  return folder === undefined ? undefined : openHealthScripts(resolve(folder), stack.use(openLuaRunner()))
}
