import {
  clusterConfig,
  commandConfig,
  decryptionConfig,
  installationAgeKeys,
  openClusters,
  runAlone,
} from '@plimsoll/service'
import { startDiffer } from './differ.ts'

await runAlone('differ', { ...clusterConfig, ...decryptionConfig, ...commandConfig }, async (stack, context, config) =>
  stack.use(
    await startDiffer(context, {
      clusters: await openClusters(stack, context, config),
      ageKeys: await installationAgeKeys(config.PLIMSOLL_SOPS_AGE_KEY_FILE),
      hookCommands: config.PLIMSOLL_HOOK_COMMANDS,
    }),
  ),
)
