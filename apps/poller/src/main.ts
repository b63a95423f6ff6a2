import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { retentionConfig, retentionPolicy, runAlone } from '@plimsoll/service'
import { z } from 'zod'
import { startPoller } from './poller.ts'

const shape = {
  ...retentionConfig,
  PLIMSOLL_CACHE_DIR: z
    .string()
    .default(() => join(tmpdir(), `plimsoll-poller-${process.pid}`))
    .describe('a folder for mirrors of repositories, of this process alone'),
  PLIMSOLL_ALLOW_FILE_REMOTES: z.stringbool().default(false).describe('true lets a local folder be a repository'),
  PLIMSOLL_KNOWN_HOSTS_FILE: z
    .string()
    .optional()
    .describe('a known_hosts file for remotes that bring none of their own'),
}

await runAlone('poller', shape, async (stack, context, config) =>
  stack.use(
    startPoller(context, {
      cacheDir: config.PLIMSOLL_CACHE_DIR,
      retention: retentionPolicy(config),
      allowFileRemotes: config.PLIMSOLL_ALLOW_FILE_REMOTES,
      knownHosts: config.PLIMSOLL_KNOWN_HOSTS_FILE && (await readFile(config.PLIMSOLL_KNOWN_HOSTS_FILE, 'utf8')),
    }),
  ),
)
