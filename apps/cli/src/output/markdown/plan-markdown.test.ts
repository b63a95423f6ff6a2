import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { expect, test } from 'vitest'
import { aChange, aConflict, aHook, aPlan } from '../../../test/a-plan.ts'
import { planMarkdown } from './plan-markdown.ts'

const update = (kind: string, name: string, given: Parameters<typeof aChange>[4] = {}) =>
  aChange('update', kind, 'shop', name, {
    fields: [{ path: 'data.a', before: name, after: '2', managers: [], server: false }],
    unified_diff: `--- live\n+++ desired\n@@ -1,2 +1,2 @@\n data:\n-  a: ${name}\n+  a: "2"\n`,
    ...given,
  })

test('a plan is a table, and a collapsed block for each object, the most dangerous first', () => {
  const plan = aPlan({
    changes: [
      update('ConfigMap', 'settings'),
      update('Deployment', 'web', {
        impact: 'high',
        effects: ['restarts_pods'],
        reasons: [
          { rule: 'a', impact: 'high', text: 'the workload is marked critical, and its pod template changes' },
          { rule: 'b', impact: 'low', text: 'labels' },
        ],
      }),
    ],
    conflicts: [
      aConflict({
        blocking: false,
        type: 'out_of_sync',
        manager: 'kubectl-edit',
        time: '2026-11-23T08:58:00Z',
        suggestions: ['commit the change, or take it: `plimsoll workflow update web --conflict-resolution take`'],
      }),
    ],
    warnings: ['mind the gap'],
  })
  expect(planMarkdown(plan, 'web')).toBe(
    [
      '<!-- plimsoll:plan:web -->',
      '### Plan for `web` at `c0ffee0000`',
      '',
      '**0 to create, 2 to update, 0 to delete, 1 warning; highest impact high**',
      '',
      '| impact | create | update | replace | delete |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| high |  | 1 |  |  |',
      '| low |  | 1 |  |  |',
      '',
      '#### Conflicts',
      '',
      '- **is taken back**: `Service shop/web` `out_of_sync`: someone changed it',
      '  - last written by `kubectl-edit` `2026-11-23 08:58:00 UTC`, 2 min before this plan',
      '  - try: commit the change, or take it: `plimsoll workflow update web --conflict-resolution take`',
      '',
      '#### Changes',
      '',
      '<details><summary><b>high</b> update <code>Deployment shop/web</code>: restarts pods</summary>',
      '',
      '- high: the workload is marked critical, and its pod template changes',
      '',
      '```diff',
      '@@ -1,2 +1,2 @@',
      ' data:',
      '-  a: web',
      '+  a: "2"',
      '```',
      '',
      '</details>',
      '',
      '<details><summary><b>low</b> update <code>ConfigMap shop/settings</code></summary>',
      '',
      '```diff',
      '@@ -1,2 +1,2 @@',
      ' data:',
      '-  a: settings',
      '+  a: "2"',
      '```',
      '',
      '</details>',
      '',
      '#### Warnings',
      '',
      '- mind the gap',
      '',
      'Planned at `2026-11-23T09:00:30Z`. To do exactly this: `plimsoll sync web --plan 4f1e5a0c9b2d`',
      '',
    ].join('\n'),
  )
})

test('a plan that is blocked says so at its head, and offers no digest', () => {
  const text = planMarkdown(aPlan({ conflicts: [aConflict({}), aConflict({})] }), 'web')
  expect(text.split('\n')[5]).toBe('**Blocked: nothing of this plan is applied until these 2 conflicts are settled**')
  expect(text).not.toContain('--plan')
})

test('nothing to do is said under the same mark', () => {
  expect(planMarkdown(null, 'web')).toBe(
    '<!-- plimsoll:plan:web -->\n### Plan for `web`\n\nNothing to do: the cluster is as Git declares it.\n',
  )
})

const evil = [
  '</details></code><script>alert(1)</script>',
  '@octocat',
  '[click](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '``` and ```` and `',
  'a `b` @octocat `c` `@octocat`',
  '#12 !34 GH-5 owner/repo#6',
  'www.evil.example https://evil.example',
  '/merge\n/close',
  '| cell | **bold**',
  ':smile: <!-- -->',
].join('\n')

const taken = /octocat|evil|script|smile|GH-|#\d|!\d|^\/|bold|``|<!--/m

type Markdown = ReturnType<typeof fromMarkdown>
type Node = Markdown | Markdown['children'][number]

/** What a forge would take for more than text: all outside of code, as a parser of Markdown sees it. */
function outsideOfCode(markdown: string): string {
  const texts: string[] = []
  const collect = (node: Node) => {
    if (node.type === 'html') texts.push(node.value.replaceAll(/<code>[^<]*<\/code>/g, ''))
    else if (node.type === 'text') texts.push(node.value)
    else if (node.type === 'link' || node.type === 'image') texts.push(`evil ${node.type} ${node.url}`)
    else if ('children' in node) node.children.forEach(collect)
  }
  collect(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }))
  return texts.join('\n')
}

test('the check of what is outside of code would find each of them', () => {
  for (const text of evil.split('\n')) expect(outsideOfCode(`a ${text}\n\n${text}\n`)).toMatch(taken)
})

test('nothing that comes from a manifest or a cluster is more than text', () => {
  for (const text of [evil, ...evil.split('\n')]) {
    const change = update(text, text, {
      effects: ['restarts_pods'],
      reasons: [{ rule: text, impact: 'high', text }],
      impact: 'high',
      ref: { api_version: text, kind: text, namespace: text, name: text },
      unified_diff: `--- a\n+++ b\n@@ x @@\n-${text.replaceAll('\n', '\n-')}\n ${text.replaceAll('\n', '\n ')}\n+\n`,
    })
    const plan = aPlan({
      revision: text,
      workflow_id: text,
      changes: [
        change,
        { ...change, type: 'create', unified_diff: '' },
        ...Array.from({ length: 9 }, () => ({ ...change, fields: [] })),
      ],
      conflicts: [aConflict({ description: text, manager: text, time: text, suggestions: [text], ref: change.ref })],
      hooks: [aHook({ name: text, where: text, command: text, impact: 'high' })],
      warnings: [text, `High-impact change detected: ${text}`],
    })
    for (const limit of [65_536, 2_000]) {
      const left = outsideOfCode(planMarkdown(plan, text, limit))
      expect(left.replace(/^<!-- plimsoll:plan:[\w.-]* -->$/m, '')).not.toMatch(taken)
      expect(left.match(/<\/details>/g)?.length).toBe(left.match(/<details>/g)?.length)
    }
  }
})

test.each([
  { limit: 2_000, leastNamed: 0 },
  { limit: 10_000, leastNamed: 100 },
  { limit: 65_536, leastNamed: 1_900 },
])('with two thousand objects it stays below $limit characters, and tells of all of them', ({ limit, leastNamed }) => {
  const changes = Array.from({ length: 2_000 }, (_, index) =>
    update('ConfigMap', `object-${index}`, {
      impact: index === 1_234 ? 'critical' : index % 2 === 0 ? 'low' : 'medium',
    }),
  )
  const text = planMarkdown(
    aPlan({ changes, warnings: changes.map(({ resource }) => `leftover ${resource}`) }),
    'web',
    limit,
  )
  expect(text.length).toBeLessThanOrEqual(limit)
  expect(text).toContain('| critical |  | 1 |  |  |\n| medium |  | 1000 |  |  |\n| low |  | 999 |  |  |\n')
  expect(text).toContain('object-1234')
  const named = new Set(text.match(/object-\d+/g)).size
  const left = [...(/have no place here: (.*)\n/.exec(text)?.[1] ?? '').matchAll(/[\d,]+(?= )/g)]
  const counted = left.reduce((sum, [number]) => sum + Number(number.replaceAll(',', '')), 0)
  expect(named).toBeGreaterThan(leastNamed)
  // The warnings name some of them as well.
  expect(named + counted).toBeGreaterThanOrEqual(2_000)
})

test('the differences of the most dangerous objects are kept the longest', () => {
  const long = 'x'.repeat(70)
  const changes = Array.from({ length: 100 }, (_, index) =>
    update('ConfigMap', `object-${index}`, {
      impact: index === 99 ? 'high' : 'low',
      unified_diff: `--- a\n+++ b\n@@ -1 +1 @@\n${`-${long}\n`.repeat(20)}`,
    }),
  )
  const text = planMarkdown(aPlan({ changes }), 'web')
  expect(text.length).toBeLessThanOrEqual(65_536)
  expect(text.indexOf('<b>high</b> update <code>ConfigMap shop/object-99</code>')).toBe(text.indexOf('<b>'))
  expect(text).toContain(
    'Without their differences, to stay below 65,536 characters (`plimsoll diff` shows them):\n\n- low: update `ConfigMap` in `shop`: ',
  )
  for (let index = 0; index < 100; index++) expect(text).toMatch(new RegExp(`object-${index}\\b`))
})

test('a difference that is longer than a comment is cut at a line, and says by how much', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `+  key-${index}: ${'v'.repeat(40)}`)
  const text = planMarkdown(
    aPlan({ changes: [update('ConfigMap', 'large', { unified_diff: `--- a\n+++ b\n${lines.join('\n')}\n` })] }),
    'web',
  )
  expect(text.length).toBeLessThanOrEqual(65_536)
  expect(text.length).toBeGreaterThan(60_000)
  const shown = text.match(/^\+ {2}key-/gm)?.length ?? 0
  expect(text).toContain(`… and ${(5_000 - shown).toLocaleString('en-US')} more lines\n`)
})

test('objects that change alike are one block', () => {
  const fields = [{ path: 'metadata.labels.team', before: 'a', after: 'b', managers: [], server: false }]
  const changes = Array.from({ length: 30 }, (_, index) => update('ConfigMap', `c-${index}`, { fields }))
  const text = planMarkdown(aPlan({ changes }), 'web')
  expect(text.match(/<details>/g)).toHaveLength(1)
  expect(text).toContain('<b>low</b> update 30 <code>ConfigMap</code> in <code>shop</code> alike')
  expect(text).toContain('The first of: `c-0`, `c-1`, ')
})

test('hooks are listed in the order in which they run', () => {
  const hooks = [
    aHook({ impact: 'high' }),
    aHook({ phase: 'Sync', name: 'Job/seed', where: 'k8s/seed.yaml:1' }),
    aHook({ phase: 'PostSync', name: 'post_sync_hooks[0]', command: 'tell | tee', impact: '' }),
  ]
  expect(planMarkdown(aPlan({ hooks }), 'web')).toContain(
    [
      '#### Hooks',
      '',
      '- PreSync: `Job/migrate` **high** `k8s/migrate.yaml:1`',
      '- Sync: `Job/seed` **medium** `k8s/seed.yaml:1`',
      '- PostSync: `post_sync_hooks[0]` `tell | tee`',
      '',
    ].join('\n'),
  )
})
