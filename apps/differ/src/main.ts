import {
  clusterConfig,
  commandConfig,
  decryptionConfig,
  healthConfig,
  installationAgeKeys,
  openClusters,
  openCustomHealth,
  runAlone,
} from '@plimsoll/service'
import { startDiffer } from './differ.ts'

const settings = { ...clusterConfig, ...decryptionConfig, ...commandConfig, ...healthConfig }

await runAlone('differ', settings, async (stack, context, config) =>
  stack.use(
    await startDiffer(context, {
      clusters: await openClusters(stack, context, config),
      ageKeys: await installationAgeKeys(config.PLIMSOLL_SOPS_AGE_KEY_FILE),
      customHealth: await openCustomHealth(stack, config),
      hookCommands: config.PLIMSOLL_HOOK_COMMANDS,
    }),
  ),
)
