import { findTool } from '@plimsoll/embedded'
import type { Shop } from './open-shop.ts'
import { shopId } from './open-shop.ts'

/** What to try while it is up. */
export async function whatNext(shop: Shop, kubeconfig: string, env: NodeJS.ProcessEnv): Promise<string> {
  const kubectl = await findTool('kubectl', env)
  const look = 'path' in kubectl ? inCluster(kubectl.source === 'PATH' ? 'kubectl' : kubectl.path, kubeconfig) : ''
  return `
Plimsoll stays up. In another terminal, in this folder, try:

  npx plimsoll status                      all workflows
  npx plimsoll status ${shopId} --watch     this one, and each change of it
  npx plimsoll events --follow             the log as it grows
  npx plimsoll doctor                      is every part well?

Commit to the shop yourself, and see it applied:

  git clone ${shop.path} /tmp/${shopId}
  cd /tmp/${shopId}                         edit k8s/web.yaml, commit, push
${look}
Then your own repository and cluster: README.md says how.
Ctrl-C stops it; all state stays in .plimsoll, and the next start goes on from there.
`
}

function inCluster(kubectl: string, kubeconfig: string): string {
  return `
Look into its cluster:

  ${quoted(kubectl)} --kubeconfig ${quoted(kubeconfig)} get all -n ${shopId}
`
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `"${path}"`
}
