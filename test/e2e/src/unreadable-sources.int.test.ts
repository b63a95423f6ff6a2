import type { FileContent } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage } from './stage.ts'

const app = documents(configMap('app', { x: '1' }))
const kustomization = 'resources: [app.yaml]\n'
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'
const link = (content: string): FileContent => ({ mode: '120000', content })

/** What a commit makes of the folder; where the fault is, and why. */
const plain: readonly (readonly [string, Readonly<Record<string, FileContent>>, string, string])[] = [
  ['a pointer to LFS', { 'k8s/app.yaml': pointer }, 'k8s/app.yaml', 'this is a pointer to a file in Git LFS'],
  [
    'a submodule',
    { 'k8s/app.yaml': app, 'k8s/sub': { mode: '160000', content: 'a'.repeat(40) } },
    'k8s/sub',
    'this is a submodule',
  ],
  [
    'a link out',
    { 'k8s/sub': null, 'k8s/app.yaml': link('../../etc/passwd') },
    'k8s/app.yaml',
    'this symbolic link does not lead',
  ],
  ['no object', { 'k8s/app.yaml': '# nothing\n' }, 'k8s', 'what is there declares no object'],
  ['a file', { 'k8s/app.yaml': null, 'k8s/kustomization.yaml': null, k8s: 'a file\n' }, 'k8s', 'k8s is a file'],
  ['a link', { k8s: link('other') }, 'k8s', 'k8s is a symbolic link'],
  ['nothing', { k8s: null, other: 'x' }, 'k8s', 'has no folder k8s'],
]

const kustomized: typeof plain = plain.map(([what, changes, where, because]) =>
  what === 'a link out'
    ? [what, changes, 'k8s/kustomization.yaml:1', 'k8s/app.yaml is a symbolic link, not a file']
    : [what, changes, where, because],
)

test.each([
  ['plain manifests', {}, plain],
  ['a kustomization', { 'k8s/kustomization.yaml': kustomization }, kustomized],
])('%s that cannot be read is an error with its path, and nothing is pruned', async (_what, more, commits) => {
  await using stage = await openStage()
  const { installation, git, cluster } = stage
  const files = { 'k8s/app.yaml': app, 'README.md': 'x', ...more }
  const project = await openProject(installation, { git, files, target_path: 'k8s', sync_policy: { auto_prune: true } })
  await project.untilSynced(project.first)
  for (const [what, changes, where, because] of commits) {
    const present = 'k8s/kustomization.yaml' in more ? changes : without(changes, 'k8s/kustomization.yaml')
    const revision = await project.push(present)
    const { faults, paths } = await project.untilEvent('PlanFailed', (failed) => failed.revision === revision)
    const told = { what, where: faults[0]?.where, because: faults[0]?.because, paths }
    expect(told).toEqual({ what, where, because: expect.stringContaining(because), paths: ['k8s'] })
    expect(await cluster.get(configMapPath(project.namespace, 'app'))).toMatchObject({ data: { x: '1' } })
  }
  const mended = await project.push({ 'k8s/app.yaml': documents(configMap('app', { x: '2' })), ...more })
  await project.untilSynced(mended)
})

function without(changes: Readonly<Record<string, FileContent>>, path: string): Readonly<Record<string, FileContent>> {
  return Object.fromEntries(Object.entries(changes).filter(([name]) => name !== path))
}
