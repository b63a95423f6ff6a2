import { sandboxedTool } from '@plimsoll/harness'
import { closureOf } from '../src/closure/closure-of.ts'
import { renderHelm } from '../src/helm/render-helm.ts'
import { renderKustomize } from '../src/kustomize/render-kustomize.ts'
import { files, summary } from './files.ts'
import type { Rendered, RenderElsewhere } from './render-elsewhere.ts'
import { sourceTree } from './source-tree.ts'

const { renderer, texts, hosts } = JSON.parse(process.argv[2] ?? '') as RenderElsewhere
const tool = await sandboxedTool(renderer)
const parameters = {
  releaseName: 'rel',
  namespace: 'shop',
  valuesFiles: [],
  values: {},
  kubeVersion: null,
  apiVersions: [],
}
const input = { target: 'o', files: files(texts), tool, hosts }

async function render() {
  if (renderer === 'helm') return await renderHelm({ ...input, parameters })
  const options = { target: 'o', renderer, helm: { values_files: [] }, hosts }
  const { remotes, errors } = await closureOf(sourceTree(texts), options)
  return errors.length > 0 ? errors : await renderKustomize({ ...input, remotes })
}

const rendered: Rendered = await render().then(
  (result) => ({ summary: summary(result) }),
  (error: unknown) => ({ error: String(error) }),
)
console.log(JSON.stringify(rendered))
