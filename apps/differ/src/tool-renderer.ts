import type { WorkflowConfig } from '@plimsoll/domain'
import { serverVersion } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { helmAdapterVersion, kustomizeAdapterVersion, renderHelm, renderKustomize } from '@plimsoll/manifests'
import type { HelmParameters } from '@plimsoll/manifests'
import { unknownCluster } from './plan-fault.ts'
import type { RenderTools, RendererTool } from './render-tools.ts'
import type { ToolRenderer } from './render.ts'

/** Makes a program ready for one workflow. Throws PlanFault where there is none, and KubernetesError if the cluster has to be asked. */
export function toolRenderer(tools: RenderTools) {
  return async (
    renderer: RendererTool,
    config: WorkflowConfig,
    cluster: Cluster | undefined,
    signal: AbortSignal,
  ): Promise<ToolRenderer> => {
    const tool = await unless(signal, tools.find(renderer))
    const target = config.target_path
    if (renderer === 'kustomize') {
      const version = [kustomizeAdapterVersion, tool.version].join(' ')
      return { version, parameters: null, render: (files) => renderKustomize({ target, files, tool, signal }) }
    }
    if (cluster === undefined) throw unknownCluster(config.destination.cluster, [])
    const parameters = await helmParameters(config, cluster, signal)
    return {
      version: [helmAdapterVersion, tool.version].join(' '),
      parameters,
      render: (files) => renderHelm({ target, files, tool, parameters, signal }),
    }
  }
}

/** Building takes minutes; who gives up the plan does not wait for it, and it goes on. */
async function unless<Value>(signal: AbortSignal, wanted: Promise<Value>): Promise<Value> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([wanted, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function helmParameters(
  { id, source: { helm }, destination }: WorkflowConfig,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<HelmParameters> {
  const types = await cluster.discovery.types()
  const served = types.flatMap(({ group, version, kind }) => {
    const apiVersion = group === '' ? version : `${group}/${version}`
    return [apiVersion, `${apiVersion}/${kind}`]
  })
  return {
    releaseName: helm.release_name ?? id,
    namespace: destination.namespace,
    valuesFiles: helm.values_files,
    values: helm.values,
    kubeVersion: await serverVersion(cluster, signal),
    apiVersions: [...new Set(served)].toSorted(),
  }
}
