import { addressConfig, runAlone } from '@plimsoll/service'
import { z } from 'zod'
import { ensureToken, startApi } from './api.ts'

const shape = {
  ...addressConfig,
  PLIMSOLL_API_HOST: z.string().default('127.0.0.1').describe('the address that the api listens on'),
  PLIMSOLL_API_PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(7420)
    .describe('the port of the api, 0 to 65535; 0 takes a free one'),
  PLIMSOLL_API_TOKEN_FILE: z
    .string()
    .optional()
    .describe(
      'a file that holds an access token; one of the name `bootstrap` is made and written there if it holds none that is good',
    ),
  PLIMSOLL_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .optional()
    .describe('the secret of webhooks to /webhook, at least 16 characters'),
  PLIMSOLL_ALLOW_FILE_REMOTES: z.stringbool().default(false).describe('true lets a local folder be a repository'),
}

await runAlone('api', shape, async (stack, context, config) => {
  if (config.PLIMSOLL_API_TOKEN_FILE !== undefined)
    await ensureToken(context.log, 'bootstrap', config.PLIMSOLL_API_TOKEN_FILE)
  const api = stack.use(
    await startApi(context, {
      host: config.PLIMSOLL_API_HOST,
      port: config.PLIMSOLL_API_PORT,
      webhookSecret: config.PLIMSOLL_WEBHOOK_SECRET,
      allowFileRemotes: config.PLIMSOLL_ALLOW_FILE_REMOTES,
      allowLoopbackClusters: config.PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS,
    }),
  )
  context.logger.info({ url: api.url }, 'listening')
  return {}
})
