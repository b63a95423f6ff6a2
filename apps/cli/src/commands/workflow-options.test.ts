import { toJson } from '@bufbuild/protobuf'
import { WorkflowConfigSchema } from '@plimsoll/proto'
import { Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'
import type { Io } from '../io.ts'
import { configOf, withWorkflowOptions, type WorkflowOptions } from './workflow-options.ts'

const parsed = (...args: string[]): WorkflowOptions =>
  withWorkflowOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }))
    .parse(args, { from: 'user' })
    .opts()

test.each(['--retry-limit', '--rollback-limit', '--prune-budget'])('%s takes whole numbers alone', (option) => {
  expect(Object.values(parsed(option, '7'))).toEqual([7])
  for (const text of ['abc', '1.5', '', '0x10']) {
    const wrong = () => parsed(option, text)
    expect(wrong).toThrow(CommanderError)
    expect(wrong).toThrow('Write a whole number.')
  }
})

test('windows and approvals are asked for as the settings file has them', async () => {
  const options = parsed(
    '--window=allow 0 22 * * 1-5 2h Europe/Berlin',
    '--window= deny  0 0 24 12 * 72h manual ',
    '--allow-requester',
    '--approval-expires=8h',
  )
  expect(toJson(WorkflowConfigSchema, await configOf({} as Io, options), { useProtoFieldName: true })).toEqual({
    sync_policy: {
      sync_windows: {
        windows: [
          { kind: 'allow', schedule: '0 22 * * 1-5', duration: '2h', time_zone: 'Europe/Berlin' },
          { kind: 'deny', schedule: '0 0 24 12 *', duration: '72h', manual_sync: true },
        ],
      },
    },
    approval: { allow_requester: true, expires: '8h' },
  })
})

test.each(['allow', 'allow 0 22 * * 1-5', 'allow 0 22 * * 1-5 2h Europe Berlin'])(
  'the window %j is told how to be written',
  (text) => {
    expect(() => parsed('--window', text)).toThrow("such as 'allow 0 22 * * 1-5 2h Europe/Berlin'")
  },
)

test('an empty text takes back what was set', async () => {
  const options = parsed('--window', '', '--depends-on', '', '--pre-sync-hook', '')
  expect(toJson(WorkflowConfigSchema, await configOf({} as Io, options), { useProtoFieldName: true })).toEqual({
    sync_policy: { sync_windows: {}, pre_sync_hooks: {} },
    depends_on: {},
  })
})

test('a settings file that is missing is told as missing, not as one to compare', async () => {
  const io = { cwd: '/nonexistent' } as Io
  await expect(configOf(io, { file: 'settings.yaml' })).rejects.toMatchObject({
    troubles: [
      {
        where: 'settings.yaml',
        because: expect.stringContaining('no such file') as unknown,
        try: 'Name a file that is there and that you may read, or - for standard input.',
      },
    ],
  })
})
