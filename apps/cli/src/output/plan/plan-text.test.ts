import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { aChange, aConflict, aHook, aPlan } from '../../../test/a-plan.ts'
import { planMarkdown } from '../markdown/plan-markdown.ts'
import { planText } from './plan-text.ts'

const plain = { colour: false, width: 100 }

test('a plan is a tree of namespaces and kinds, the most dangerous first, and ends with its sum', () => {
  const plan = aPlan({
    changes: [
      aChange('create', 'Namespace', '', 'shop', { impact: 'low' }),
      aChange('update', 'ConfigMap', 'shop', 'settings', {
        impact: 'low',
        fields: [
          {
            path: 'data.greeting',
            before: 'hello',
            after: 'good day',
            managers: ['plimsoll', 'kubectl-edit'],
            server: false,
          },
        ],
      }),
      aChange('update', 'Deployment', 'shop', 'web', {
        impact: 'high',
        effects: ['interrupts_traffic'],
        reasons: [{ rule: 'scale-to-zero', impact: 'high', text: 'nothing runs any more' }],
        fields: [
          { path: 'spec.replicas', before: 2, after: 0, managers: [], server: false },
          { path: 'spec.paused', after: true, managers: [], server: false },
          { path: 'metadata.labels.old', before: 'yes', managers: [], server: false },
        ],
      }),
      aChange('create', 'Deployment', 'shop', 'api', {
        impact: 'medium',
        diff: '+ Creating Deployment/api with 3 replicas',
      }),
      aChange('delete', 'PersistentVolumeClaim', 'shop', 'data', { impact: 'critical', effects: ['loses_data'] }),
    ],
    warnings: [
      'Critical-impact change detected: PersistentVolumeClaim/data',
      'High-impact change detected: Deployment/web',
      'mind the gap',
    ],
  })
  expect(planText(plan, plain)).toBe(
    [
      'shop',
      '  - PersistentVolumeClaim data  [critical]  loses data',
      '  ~ Deployment web  [high]  interrupts traffic',
      '      why: nothing runs any more',
      '      ~ spec.replicas: 2 → 0',
      '      + spec.paused: true',
      '      - metadata.labels.old: "yes"',
      '  + Deployment api  [medium]  with 3 replicas',
      '  ~ ConfigMap settings  [low]',
      '      ~ data.greeting: hello → good day  (owned by kubectl-edit)',
      '',
      '(cluster)',
      '  + Namespace shop  [low]',
      '',
      '! Critical-impact change detected: PersistentVolumeClaim/data',
      '! High-impact change detected: Deployment/web',
      '! mind the gap',
      '',
      'To do exactly this: plimsoll sync web --plan 4f1e5a0c9b2d',
      'Plan for web at c0ffee0000: 2 to create, 2 to update, 1 to delete, 3 warnings; highest impact critical.',
      '',
    ].join('\n'),
  )
})

test('an object that is replaced is shown as one, with what differs', () => {
  const fields = [{ path: 'spec.clusterIP', before: '10.0.0.1', after: 'None', managers: [], server: false }]
  const replace = { replaces: true, impact: 'high', effects: ['recreates', 'interrupts_traffic'] } as const
  const plan = aPlan({
    changes: [
      aChange('delete', 'Service', 'shop', 'web', replace),
      aChange('create', 'Service', 'shop', 'web', { ...replace, fields }),
    ],
  })
  const text = planText(plan, plain)
  expect(text).toContain(
    [
      'shop',
      '  ± Service web  [high]  deleted and created again, interrupts traffic',
      '      ~ spec.clusterIP: 10.0.0.1 → None',
      '\n',
    ]
      .join('\n')
      .trimEnd(),
  )
  expect(text).toContain('0 to create, 0 to update, 1 to replace, 0 to delete')
})

test('a blocking conflict says who, when and what to do, and no digest is offered', () => {
  const plan = aPlan({
    changes: [aChange('update', 'ConfigMap', 'shop', 'settings', {})],
    conflicts: [
      aConflict({ blocking: false, type: 'out_of_sync', manager: 'kubectl-edit', time: '2026-11-23T08:58:00Z' }),
      aConflict({
        type: 'resource_exists',
        description: 'it lives already',
        suggestions: ['remove it', 'take it over'],
      }),
    ],
  })
  expect(planText(plan, plain).split('\n').slice(3)).toEqual([
    'Blocked: nothing of this plan is applied until this conflict is settled',
    '  ✗ Service shop/web  resource_exists',
    '      it lives already',
    '      try: remove it',
    '      try: take it over',
    '',
    'Changed outside of Git: a sync takes this back',
    '  ! Service shop/web  out_of_sync',
    '      someone changed it',
    '      last written by kubectl-edit 2026-11-23 08:58:00 UTC, 2 min before this plan',
    '',
    'Plan for web at c0ffee0000: 0 to create, 1 to update, 0 to delete; highest impact low; takes back 1 change from outside of Git; blocked by 1 conflict.',
    '',
  ])
})

test('a text of many lines is shown as the lines that change', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
  const before = `${lines.join('\n')}\n`
  const after = before.replace('line 20\n', 'line twenty \n')
  const plan = aPlan({
    changes: [
      aChange('update', 'ConfigMap', 'shop', 'conf', {
        fields: [{ path: 'data["app.conf"]', before, after, managers: [], server: false }],
      }),
    ],
  })
  expect(planText(plan, plain).split('\n').slice(2, 9)).toEqual([
    '      ~ data["app.conf"]:',
    '            line 18',
    '            line 19',
    '          - line 20',
    '          + line twenty␣',
    '            line 21',
    '            line 22',
  ])
})

test('texts that differ at their end only, or only in kind, are told apart', () => {
  const plan = aPlan({
    changes: [
      aChange('update', 'ConfigMap', 'shop', 'conf', {
        fields: [
          { path: 'data.a', before: 'one\ntwo', after: 'one\ntwo\n', managers: [], server: false },
          { path: 'data.b', before: 'true', after: true, managers: [], server: false },
          { path: 'data.c', before: 'a\u200bb', after: 'ab', managers: [], server: false },
          { path: 'data.d', before: '', after: ' ', managers: [], server: false },
          { path: 'data.e', before: null, after: 'null', managers: [], server: false },
        ],
      }),
    ],
  })
  expect(planText(plan, plain).split('\n').slice(2, 9)).toEqual([
    '      ~ data.a:',
    '          - "one\\ntwo"',
    '          + "one\\ntwo\\n"',
    '      ~ data.b: "true" → true',
    '      ~ data.c: "a\\u200bb" → ab',
    '      ~ data.d: "" → " "',
    '      ~ data.e: null → "null"',
  ])
})

test('a long line is cut where its difference stays in sight, and whole with --full', () => {
  const [before, after] = ['1', '2'].map(
    (digit) => `registry.example/${'very/'.repeat(40)}image:1.${digit}${'0'.repeat(80)}`,
  )
  const plan = aPlan({
    changes: [
      aChange('update', 'Deployment', 'shop', 'web', {
        fields: [{ path: 'image', before: before ?? '', after: after ?? '', managers: [], server: false }],
      }),
    ],
  })
  const [, minus, plus] = planText(plan, { ...plain, width: 60 })
    .split('\n')
    .slice(2)
  expect(minus).toMatch(/^ {10}- ….*image:1\.10+…$/)
  expect(plus).toMatch(/^ {10}\+ ….*image:1\.20+…$/)
  expect(planText(plan, { ...plain, width: 60, full: true })).toContain(`          - ${before}\n          + ${after}\n`)
})

test('what is new in a list is shown as YAML', () => {
  const plan = aPlan({
    changes: [
      aChange('update', 'Deployment', 'shop', 'web', {
        fields: [
          {
            path: 'spec.template.spec.containers[name=proxy]',
            after: { name: 'proxy', image: 'registry.example/proxy:1', args: ['--verbose', '--listen=:8443'] },
            managers: [],
            server: false,
          },
        ],
      }),
    ],
  })
  expect(
    planText(plan, { ...plain, width: 80 })
      .split('\n')
      .slice(2, 8),
  ).toEqual([
    '      + spec.template.spec.containers[name=proxy]:',
    '          + name: proxy',
    '          + image: registry.example/proxy:1',
    '          + args:',
    '          +   - --verbose',
    '          +   - --listen=:8443',
  ])
})

test('with --unified the unified diff stands in place of the fields', () => {
  const plan = aPlan({
    changes: [
      aChange('update', 'ConfigMap', 'shop', 'settings', {
        fields: [{ path: 'data.a', before: '1', after: '2', managers: [], server: false }],
        unified_diff:
          '--- live\n+++ desired\n@@ -1,3 +1,3 @@\n data:\n-  a: "1"\n+  a: "2"\n--- a removed line of dashes\n\\ 9 more lines of this diff are not shown\n',
      }),
    ],
  })
  expect(
    planText(plan, { ...plain, unified: true })
      .split('\n')
      .slice(2, 8),
  ).toEqual([
    '      @@ -1,3 +1,3 @@',
    '        data:',
    '      -   a: "1"',
    '      +   a: "2"',
    '      - -- a removed line of dashes',
    '      … 9 more lines of this diff are not shown',
  ])
})

test('two thousand objects that change alike are a few lines, and all of them with --full', () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `settings-${String(index).padStart(4, '0')}`)
  const plan = aPlan({
    changes: names.map((name) =>
      aChange('update', 'ConfigMap', 'shop', name, {
        fields: [{ path: 'metadata.labels.team', before: 'a', after: 'b', managers: [], server: false }],
      }),
    ),
  })
  expect(planText(plan, plain)).toBe(
    [
      'shop',
      '  ~ ConfigMap (2,000 alike)  [low]',
      '      settings-0000, settings-0001, settings-0002, settings-0003, settings-0004, settings-0005,',
      '      settings-0006, settings-0007 and 1,992 more (use --full)',
      '      ~ metadata.labels.team: a → b',
      '',
      'To do exactly this: plimsoll sync web --plan 4f1e5a0c9b2d',
      'Plan for web at c0ffee0000: 0 to create, 2,000 to update, 0 to delete; highest impact low.',
      '',
    ].join('\n'),
  )
  const full = planText(plan, { ...plain, full: true })
  for (const name of names) expect(full).toContain(`  ~ ConfigMap ${name}  [low]\n`)
})

test('two thousand objects that change each in its own way stay within a few hundred lines, the worst among them', () => {
  const changes = Array.from({ length: 2_000 }, (_, index) =>
    aChange('update', index % 3 === 0 ? 'Deployment' : 'ConfigMap', `team-${index % 5}`, `object-${index}`, {
      impact: index === 1_777 ? 'critical' : 'low',
      fields: Array.from({ length: 30 }, (__, field) => ({
        path: `spec.field${field}`,
        before: index,
        after: field,
        managers: [],
        server: false,
      })),
    }),
  )
  const text = planText(aPlan({ changes }), plain)
  expect(text.split('\n').length).toBeLessThan(600)
  expect(text.split('\n')[0]).toBe('team-2')
  expect(text.split('\n')[1]).toBe('  ~ ConfigMap object-1777  [critical]')
  expect(text).toContain('and 18 more fields (use --full)')
  expect(text).toMatch(/ {2}… and 3\d\d more \(use --full\): \d+ ConfigMap \[low\], \d+ Deployment \[low\]\n/)
  expect(text.match(/^ {2}… and /gm)).toHaveLength(5)
})

test('nothing of a manifest reaches the terminal as control, in any place', () => {
  const evil = '\u001b[2J\u009b1m\u0007\u202e\r'
  const change = aChange('update', `K${evil}`, `ns${evil}`, `n${evil}`, {
    effects: [`e${evil}`],
    reasons: [{ rule: evil, impact: 'high', text: `r${evil}` }],
    fields: [
      { path: `p${evil}`, before: `b${evil}`, after: `a${evil}\n${evil}`, managers: [`m${evil}`], server: false },
      { path: 'q', before: { [evil]: evil }, after: [evil], managers: [], server: false },
    ],
    unified_diff: `--- a\n+++ b\n@@ ${evil}\n-${evil}\n+ok${evil}\n`,
    diff: `+ Creating${evil} with 3 replicas`,
    impact: 'high',
  })
  const plan = aPlan({
    changes: [change, { ...change, type: 'create' }],
    conflicts: [aConflict({ description: evil, manager: evil, time: evil, suggestions: [evil] })],
    warnings: [evil, `High-impact change detected: ${evil}`],
    workflow_id: `w${evil}`,
    revision: `r${evil}`,
  })
  for (const unified of [true, false])
    for (const full of [true, false]) {
      const text = planText(plan, { colour: true, width: 80, unified, full })
      // oxlint-disable-next-line no-control-regex
      expect(text.replaceAll(/\u001b\[[0-9;]+m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(stripVTControlCharacters(text)).toBe(planText(plan, { colour: false, width: 80, unified, full }))
    }
})

test('no plan is nothing to do', () => {
  expect(planText(null, plain)).toBe('Nothing to do: the cluster is as Git declares it.\n')
})

test('without a terminal a line has 80 columns', () => {
  const plan = aPlan({
    changes: [
      aChange('update', 'A', '', 'b', {
        fields: [{ path: 'c', before: 'x'.repeat(40), after: 'y'.repeat(40), managers: [], server: false }],
      }),
    ],
  })
  expect(planText(plan, { colour: false, width: Number.POSITIVE_INFINITY })).toBe(
    planText(plan, { colour: false, width: 80 }),
  )
  expect(planText(plan, plain)).not.toBe(planText(plan, { colour: false, width: 80 }))
})

test('what the server makes by itself is marked, and so is what others own', () => {
  const fields = [
    { path: 'data.a', before: '1', after: '2', managers: [], server: true },
    { path: 'data.b', before: '1', after: '2', managers: ['plimsoll', 'kubectl-edit', 'hpa'], server: false },
  ]
  const plan = aPlan({ changes: [aChange('update', 'ConfigMap', 'shop', 'settings', { fields })] })
  expect(planText(plan, plain).split('\n').slice(2, 4)).toEqual([
    '      ~ data.a: "1" → "2"  (made by the server)',
    '      ~ data.b: "1" → "2"  (owned by kubectl-edit, hpa)',
  ])
})

test('what holds for the plan as a whole is said once', () => {
  const reasons = [
    { rule: 'delete-most', impact: 'critical', text: 'the plan deletes 2 of 3 objects that the workflow owns' },
    { rule: 'delete-service', impact: 'medium', text: 'its name and address are no longer served' },
  ] as const
  const changes = ['a', 'b'].map((name) => aChange('delete', 'Service', 'shop', name, { impact: 'critical', reasons }))
  expect(planText(aPlan({ changes }), plain).split('\n').slice(0, 7)).toEqual([
    'This plan is critical: the plan deletes 2 of 3 objects that the workflow owns',
    '',
    'shop',
    '  - Service a  [critical]',
    '      medium: its name and address are no longer served',
    '  - Service b  [critical]',
    '      medium: its name and address are no longer served',
  ])
  expect(planMarkdown(aPlan({ changes }), 'web').match(/deletes 2 of 3/g)).toHaveLength(1)
})

test('hooks stand below the changes in the order in which they run, with where they come from', () => {
  const command = { kind: 'command', command: 'backup.sh\u001b[31m', where: '', origin: '', impact: '' } as const
  const plan = aPlan({
    changes: [aChange('create', 'ConfigMap', 'shop', 'a', {})],
    hooks: [
      aHook({ name: 'pre_sync_hooks[0]', ...command }),
      aHook({ wave: 2, impact: 'critical' }),
      aHook({ phase: 'PostSync', name: 'Job/notify', where: 'k8s/notify.yaml:3' }),
      aHook({ phase: 'PostSync', name: 'ConfigMap/note', impact: 'low', where: '' }),
    ],
  })
  const text = planText(plan, plain)
  expect(text).toContain(
    [
      'Hooks, in this order',
      '  PreSync   pre_sync_hooks[0]  backup.sh[31m',
      '  PreSync   Job/migrate  [critical]  (wave 2, k8s/migrate.yaml:1)',
      '  PostSync  Job/notify  [medium]  (k8s/notify.yaml:3)',
      '  PostSync  ConfigMap/note  [low]',
      '',
    ].join('\n'),
  )
  const many = aPlan({ hooks: Array.from({ length: 25 }, () => aHook({})) })
  expect(planText(many, plain)).toContain('and 5 more hooks (use --full)')
  expect(planText(many, { ...plain, full: true }).match(/Job\/migrate/g)).toHaveLength(25)
})

test('a plan that waits for approval says what approves it, in place of what syncs it', () => {
  const plan = aPlan({ changes: [aChange('create', 'ConfigMap', 'shop', 'a', {})] })
  const approve = 'plimsoll approve web --plan 4f1e5a0c9b2d'
  expect(planText(plan, { ...plain, awaitsApproval: true })).toContain(
    `\nA sync waits for approval of exactly this: ${approve}\n`,
  )
  expect(planMarkdown(plan, 'web', undefined, true)).toContain(`exactly this: \`${approve}\`\n`)
  expect(planText(plan, plain)).toContain('\nTo do exactly this: plimsoll sync web --plan 4f1e5a0c9b2d\n')
})

test('a plan back to before the first sync names no revision', () => {
  const plan = aPlan({ revision: '', changes: [aChange('delete', 'ConfigMap', 'shop', 'settings', { impact: 'low' })] })
  expect(planText(plan, plain)).toContain('Plan for web: 0 to create, 0 to update, 1 to delete')
  expect(planMarkdown(plan, 'web')).toContain('### Plan for `web`\n')
})
