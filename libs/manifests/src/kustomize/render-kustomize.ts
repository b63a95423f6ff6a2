import type { ManifestError } from '../manifest-error.ts'
import { parseDocuments, splitDocuments } from '../program/documents.ts'
import { splitHooks } from '../program/split-hooks.ts'
import type { ToolRenderInput, ToolRenderResult } from '../renderer.ts'
import type { RemoteReference } from '../closure/remote-hosts.ts'
import { ofFetched, unfetched } from './unfetched.ts'
import { kustomizeErrors } from './kustomize-errors.ts'
import { kustomizationOf, takeOrigin, tellOrigins } from './tell-origins.ts'

/** To be raised when the same files come to render to something else. */
export const kustomizeAdapterVersion = '2'

/** Nobody is asked for a password, and nothing goes another way than the proxy. */
const gitSettings = {
  GIT_ALLOW_PROTOCOL: 'http:https',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_TERMINAL_PROMPT: '0',
}

export type KustomizeInput = ToolRenderInput & {
  /** What Kustomize is to fetch, from `hosts`. Without any it has no network. Default none. */
  readonly remotes?: readonly RemoteReference[]
}

/**
 * Renders a folder by `kustomize build`. Files beside and above the folder may be used, as far as they are given; plugins
 * that are programs may not. Returns every error found, or the objects. Throws FetchFailedError.
 */
export async function renderKustomize(input: KustomizeInput): Promise<ToolRenderResult> {
  const { target, files, tool, hosts = [], remotes = [], signal } = input
  const kustomization = kustomizationOf(target, files)
  const body = kustomization === undefined ? undefined : files.get(kustomization)
  if (kustomization === undefined || body === undefined) return [noKustomization(target)]
  const root = tellOrigins(body)
  const usesHelm = files.entries().some(([path, text]) => mayInflate(path, text))
  const output = await tool.run({
    // What a folder may read is bounded by what is there.
    args: [
      'build',
      '--load-restrictor=LoadRestrictionsNone',
      ...(usesHelm ? ['--enable-helm', '--helm-command=helm'] : []),
      '--',
      target,
    ],
    files: new Map(files).set(kustomization, root.body),
    with: usesHelm ? ['helm'] : [],
    ...(remotes.length > 0 && { network: { hosts, git: remotes.some(({ git }) => git) }, env: gitSettings }),
    ...(signal && { signal }),
  })
  const { stdout, stderr, exitCode } = output
  if (exitCode !== 0) {
    const errors = unfetched(output, remotes)
    const failed = { target, kustomization, files }
    return errors ?? kustomizeErrors(stderr, failed).map((error) => ofFetched(error, remotes))
  }
  const documents = splitDocuments(stdout).map((document) => ({ source: kustomization, body: document }))
  const parsed = await parseDocuments(documents, signal)
  if (!('objects' in parsed)) return parsed
  return splitHooks(
    parsed.objects.map((one) => {
      const { object, file = kustomization } = takeOrigin(one.object, target, root.added)
      return { ...one, object, file }
    }),
  )
}

/** Whether a file may ask for a chart to be inflated; a chart that is there anyway is what is then used. */
function mayInflate(path: string, body: Uint8Array): boolean {
  const isKustomization = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(path)
  if (!isKustomization && !/\.ya?ml$/.test(path)) return false
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return (isKustomization && text.includes('helmChart')) || text.includes('HelmChartInflationGenerator')
}

function noKustomization(target: string): ManifestError {
  return {
    file: target,
    line: 0,
    message: 'the folder holds no kustomization.yaml',
    try: 'add one, or set the renderer of the workflow to plain',
  }
}
