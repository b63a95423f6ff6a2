import type { MessageInitShape } from '@bufbuild/protobuf'
import type { JsonObject, WorkflowConfig as Config, WorkflowRequest } from '@plimsoll/domain'
import type { WorkflowConfig, WorkflowConfigSchema } from '@plimsoll/proto'
import { defined } from './defined.ts'
import { durationText } from './duration-text.ts'
import { ofRule, toRule } from './rule-message.ts'
import { policyRequestOf, toPolicyRequest, toSyncPolicy } from './sync-policy-message.ts'
import { toStruct } from './struct.ts'

/** What the caller said, for the domain to check and to complete. */
export function toWorkflowRequest(message: WorkflowConfig | undefined): WorkflowRequest {
  const { destination, allow, source, syncPolicy: policy } = message ?? {}
  return defined({
    id: message?.id,
    name: message?.name,
    labels: message?.labels?.values,
    repository: message?.repository ?? '',
    target_path: message?.targetPath,
    auto_sync: message?.autoSync,
    diff_preview: message?.diffPreview,
    rollback_on_failure: message?.rollbackOnFailure,
    destination:
      destination &&
      defined({
        cluster: destination.cluster,
        namespace: destination.namespace,
        create_namespace: destination.createNamespace,
        service_account: destination.serviceAccount,
      }),
    allow:
      allow &&
      defined({
        namespaces: allow.namespaces?.values,
        kinds: allow.kinds?.values,
        cluster_scoped: allow.clusterScoped,
      }),
    sync_policy: policy && toPolicyRequest(policy),
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
    approval: toApprovalRequest(message),
    depends_on: message?.dependsOn?.values,
  })
}

function toApprovalRequest(message: WorkflowConfig | undefined): WorkflowRequest['approval'] {
  const { approval, approvalRequired } = message ?? {}
  if (approval === undefined && approvalRequired === undefined) return undefined
  return defined({
    required: approval?.required ?? approvalRequired,
    from_impact: approval?.fromImpact === '' ? null : approval?.fromImpact,
    allow_requester: approval?.allowRequester,
    expires: approval?.expires,
  })
}

/** What would have to be asked for to get this configuration. */
export function requestOf(config: Config): WorkflowRequest {
  const { expires_ms: expiresMs, ...approval } = config.approval
  const { service_account: account } = config.destination
  return {
    ...config,
    destination: { ...config.destination, service_account: accountText(account) },
    sync_policy: policyRequestOf(config.sync_policy),
    approval: { ...approval, expires: durationText(expiresMs) },
  }
}

function accountText(account: Config['destination']['service_account']): string {
  return account === null ? '' : `${account.namespace}/${account.name}`
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
      retry: { ...standing.sync_policy?.retry, ...later.sync_policy?.retry },
    },
    approval: { ...standing.approval, ...later.approval },
    source: {
      ...standing.source,
      ...later.source,
      helm: { ...standing.source?.helm, ...later.source?.helm },
    },
  }
}

export function toWorkflowConfig(config: Config): MessageInitShape<typeof WorkflowConfigSchema> {
  const { destination, allow, approval, source, sync_policy: policy } = config
  return {
    id: config.id,
    name: config.name,
    labels: { values: { ...config.labels } },
    repository: config.repository,
    targetPath: config.target_path,
    autoSync: config.auto_sync,
    diffPreview: config.diff_preview,
    rollbackOnFailure: config.rollback_on_failure,
    destination: {
      cluster: destination.cluster,
      namespace: destination.namespace,
      createNamespace: destination.create_namespace,
      serviceAccount: accountText(destination.service_account),
    },
    allow: {
      ...(allow.namespaces !== null && { namespaces: { values: [...allow.namespaces] } }),
      ...(allow.kinds !== null && { kinds: { values: [...allow.kinds] } }),
      clusterScoped: allow.cluster_scoped,
    },
    syncPolicy: toSyncPolicy(policy),
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
    approval: {
      required: approval.required,
      fromImpact: approval.from_impact ?? '',
      allowRequester: approval.allow_requester,
      expires: durationText(approval.expires_ms),
    },
    approvalRequired: approval.required,
    dependsOn: { values: [...config.depends_on] },
  }
}
