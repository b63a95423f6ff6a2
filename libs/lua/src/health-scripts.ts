import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { boundText, groupOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { LuaError } from './lua-error.ts'
import type { LuaRunner, LuaScript } from './lua-runner.ts'

const statuses = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'] as const

/** What a script says of an object. */
export type ScriptedHealth = { readonly status: (typeof statuses)[number]; readonly message: string }

/** Health checks by Argo CD's contract: a script gets `obj` and returns `hs` with `status` and `message`. */
export type HealthScripts = {
  /** Whether there is a script for the kind. */
  readonly has: (apiVersion: string, kind: string) => boolean
  /** Asks the script of the object's kind; one that is faulty, or does not end, makes the health Unknown and says why. */
  readonly judge: (object: KubernetesObject) => Promise<ScriptedHealth>
}

const longestScript = 256 * 1024

/**
 * Reads the scripts of a folder that is laid out as Argo CD's `resource_customizations`: `<group>/<Kind>/health.lua`, where
 * `_` stands for any text. A script that names group and kind outright comes before one that does not. Throws for a folder
 * that cannot be read and for a script that is larger than 256 KiB.
 */
export async function openHealthScripts(folder: string, lua: LuaRunner): Promise<HealthScripts> {
  const scripts = new Map<string, LuaScript>()
  for (const group of await foldersIn(folder).catch(unreadable(folder)))
    for (const kind of await foldersIn(join(folder, group))) {
      const script = await readScript(folder, `${group}/${kind}/health.lua`)
      if (script !== undefined) scripts.set(`${group}/${kind}`, script)
    }
  const patterns = [...scripts].flatMap(([name, script]) =>
    name.includes('_') ? [{ is: patternOf(name), script }] : [],
  )
  const scriptOf = (apiVersion: string, kind: string) => {
    const name = `${groupOf(apiVersion)}/${kind}`
    return scripts.get(name) ?? patterns.find(({ is }) => is.test(name))?.script
  }
  return {
    has: (apiVersion, kind) => scriptOf(apiVersion, kind) !== undefined,
    judge: async (object) => {
      const script = scriptOf(object.apiVersion, object.kind)
      if (script === undefined) return unknown(`there is no script for ${object.kind}`)
      try {
        return healthOf(await lua.run(script, { obj: object }), script.name)
      } catch (error) {
        if (error instanceof LuaError) return unknown(`its health check failed: ${error.message}`)
        throw error
      }
    },
  }
}

function unreadable(folder: string) {
  return (error: Error): never => {
    throw new Error(`the folder of health checks ${folder} cannot be read: ${error.message}`)
  }
}

/** `_.crossplane.io/_` fits every kind of every group below crossplane.io. */
function patternOf(name: string): RegExp {
  return new RegExp(
    `^${name
      .split('_')
      .map((part) => RegExp.escape(part))
      .join('[^/]*')}$`,
  )
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

async function readScript(folder: string, name: string): Promise<LuaScript | undefined> {
  const path = join(folder, name)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if (found.size > longestScript) throw new Error(`${path} is larger than ${longestScript} bytes: no health check is`)
  return { name, source: await readFile(path, 'utf8') }
}

function healthOf(returned: unknown, script: string): ScriptedHealth {
  const { status: word, message } = (typeof returned === 'object' && returned !== null ? returned : {}) as {
    readonly status?: unknown
    readonly message?: unknown
  }
  const status = statuses.find((known) => known === word)
  if (status === undefined)
    return unknown(
      `${script} returned ${JSON.stringify(word ?? null)} for hs.status: it must be ${statuses.join(', ')}`,
    )
  return { status, message: typeof message === 'string' ? boundText(message) : '' }
}

function unknown(message: string): ScriptedHealth {
  return { status: 'Unknown', message }
}
