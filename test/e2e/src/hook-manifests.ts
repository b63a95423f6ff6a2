import { configMap } from './manifests.ts'

export const argo = 'argocd.argoproj.io/hook'

/** Its pod ends at once, well unless the image's name holds `broken`; one that is suspended waits for the test. */
export function job(
  name: string,
  annotations: Readonly<Record<string, string>>,
  { image = 'job:1', suspend = false } = {},
) {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } }
  const spec = { backoffLimit: 0, template, ...(suspend && { suspend }) }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec }
}

export const jobPath = (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`

export const settings = (x: string) => configMap('settings', { x })
