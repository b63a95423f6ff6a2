import type { MessageInitShape } from '@bufbuild/protobuf'
import type { JsonObject, WorkflowConfig as Config, WorkflowRequest } from '@plimsoll/domain'
import type { WorkflowConfig, WorkflowConfigSchema } from '@plimsoll/proto'
import { defined } from './defined.ts'
import { durationText } from './duration-text.ts'
import { ofRule, toRule } from './rule-message.ts'
import { toStruct } from './struct.ts'

/** What the caller said, for the domain to check and to complete. */
export function toWorkflowRequest(message: WorkflowConfig | undefined): WorkflowRequest {
  const { destination, allow, source, syncPolicy: policy } = message ?? {}
  return defined({
    id: message?.id,
    name: message?.name,
    repository: message?.repository ?? '',
    target_path: message?.targetPath,
    auto_sync: message?.autoSync,
    diff_preview: message?.diffPreview,
    destination:
      destination &&
      defined({
        cluster: destination.cluster,
        namespace: destination.namespace,
        create_namespace: destination.createNamespace,
      }),
    allow:
      allow &&
      defined({
        namespaces: allow.namespaces?.values,
        kinds: allow.kinds?.values,
        cluster_scoped: allow.clusterScoped,
      }),
    sync_policy:
      policy &&
      defined({
        auto_prune: policy.autoPrune,
        conflict_resolution: policy.conflictResolution,
        health_check:
          policy.healthCheck &&
          defined({
            enabled: policy.healthCheck.enabled,
            timeout: policy.healthCheck.timeout,
            failure_mode: policy.healthCheck.failureMode,
          }),
      }),
    source:
      source &&
      defined({
        renderer: source.renderer,
        helm:
          source.helm &&
          defined({
            release_name: source.helm.releaseName,
            values_files: source.helm.valuesFiles?.values,
            values: source.helm.values as JsonObject | undefined,
          }),
      }),
    ignore: message?.ignore?.rules.map(({ managers, ...rule }) => ({ ...toRule(rule), managers })),
    sensitive: message?.sensitive?.rules.map(toRule),
    impact: message?.impact?.rules,
  })
}

/** What would have to be asked for to get this configuration. */
export function requestOf(config: Config): WorkflowRequest {
  const { timeout_ms: timeoutMs, ...health } = config.sync_policy.health_check
  return {
    ...config,
    sync_policy: { ...config.sync_policy, health_check: { ...health, timeout: durationText(timeoutMs) } },
  }
}

/** The standing request with what a later one says in place of its own. */
export function overlay(standing: WorkflowRequest, later: WorkflowRequest): WorkflowRequest {
  return {
    ...standing,
    ...later,
    repository: later.repository === '' ? standing.repository : later.repository,
    destination: { ...standing.destination, ...later.destination },
    allow: { ...standing.allow, ...later.allow },
    sync_policy: {
      ...standing.sync_policy,
      ...later.sync_policy,
      health_check: { ...standing.sync_policy?.health_check, ...later.sync_policy?.health_check },
    },
    source: {
      ...standing.source,
      ...later.source,
      helm: { ...standing.source?.helm, ...later.source?.helm },
    },
  }
}

export function toWorkflowConfig(config: Config): MessageInitShape<typeof WorkflowConfigSchema> {
  const { destination, allow, source, sync_policy: policy } = config
  return {
    id: config.id,
    name: config.name,
    repository: config.repository,
    targetPath: config.target_path,
    autoSync: config.auto_sync,
    diffPreview: config.diff_preview,
    destination: {
      cluster: destination.cluster,
      namespace: destination.namespace,
      createNamespace: destination.create_namespace,
    },
    allow: {
      ...(allow.namespaces !== null && { namespaces: { values: [...allow.namespaces] } }),
      ...(allow.kinds !== null && { kinds: { values: [...allow.kinds] } }),
      clusterScoped: allow.cluster_scoped,
    },
    syncPolicy: {
      autoPrune: policy.auto_prune,
      conflictResolution: policy.conflict_resolution,
      healthCheck: {
        enabled: policy.health_check.enabled,
        timeout: durationText(policy.health_check.timeout_ms),
        ...(policy.health_check.failure_mode !== null && { failureMode: policy.health_check.failure_mode }),
      },
    },
    source: {
      decryption: source.decryption ?? '',
      renderer: source.renderer,
      helm: {
        ...(source.helm.release_name !== null && { releaseName: source.helm.release_name }),
        valuesFiles: { values: [...source.helm.values_files] },
        values: toStruct(source.helm.values),
      },
    },
    ignore: { rules: config.ignore.map((rule) => ({ ...ofRule(rule), managers: [...rule.managers] })) },
    sensitive: { rules: config.sensitive.map(ofRule) },
    impact: { rules: { ...config.impact } },
  }
}
