import { clusterConfig, decryptionConfig, installationAgeKeys, openClusters, runAlone } from '@plimsoll/service'
import { startDiffer } from './differ.ts'

await runAlone('differ', { ...clusterConfig, ...decryptionConfig }, async (stack, context, config) =>
  stack.use(
    await startDiffer(context, {
      clusters: await openClusters(stack, config),
      ageKeys: await installationAgeKeys(config.PLIMSOLL_SOPS_AGE_KEY_FILE),
    }),
  ),
)
