import type { WorkflowConfig } from '@plimsoll/domain'
import { serverVersion } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { helmAdapterVersion, kustomizeAdapterVersion, renderHelm, renderKustomize } from '@plimsoll/manifests'
import type { HelmParameters } from '@plimsoll/manifests'
import { unknownCluster } from '../plan-fault.ts'
import type { RenderTools, RendererTool } from './render-tools.ts'
import type { ToolRenderer } from './render.ts'

/** Makes a program ready for one workflow; `hosts` are what it may fetch from. Throws as RenderTools does, and KubernetesError if the cluster has to be asked. */
export function toolRenderer(tools: RenderTools, hosts: readonly string[] = []) {
  return async (
    renderer: RendererTool,
    config: WorkflowConfig,
    cluster: Cluster | undefined,
    signal: AbortSignal,
  ): Promise<ToolRenderer> => {
    const tool = await tools.find(renderer, signal)
    const target = config.target_path
    if (renderer === 'kustomize') {
      const version = [kustomizeAdapterVersion, tool.version].join(' ')
      return {
        version,
        parameters: null,
        hosts,
        render: (files, remotes) => renderKustomize({ target, files, tool, hosts, remotes, signal }),
      }
    }
    if (cluster === undefined) throw unknownCluster(config.destination.cluster, [])
    const parameters = await helmParameters(config, cluster, signal)
    return {
      version: [helmAdapterVersion, tool.version].join(' '),
      parameters,
      hosts,
      render: (files) => renderHelm({ target, files, tool, hosts, parameters, signal }),
    }
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
    kubeVersion: (await serverVersion(cluster, signal)) || null,
    apiVersions: [...new Set(served)].toSorted(),
  }
}
