import {
  clusterConfig,
  commandConfig,
  decryptionConfig,
  healthConfig,
  installationAgeKeys,
  openClusters,
  openCustomHealth,
  renderConfig,
  runAlone,
} from '@plimsoll/service'
import { startDiffer } from './differ.ts'

const settings = { ...clusterConfig, ...decryptionConfig, ...commandConfig, ...healthConfig, ...renderConfig }

await runAlone('differ', settings, async (stack, context, config) =>
  stack.use(
    await startDiffer(context, {
      clusters: await openClusters(stack, context, config),
      ageKeys: await installationAgeKeys(config.PLIMSOLL_SOPS_AGE_KEY_FILE),
      customHealth: await openCustomHealth(stack, config),
      renderHosts: config.PLIMSOLL_RENDER_HOSTS,
      hookCommands: config.PLIMSOLL_HOOK_COMMANDS,
    }),
  ),
)
