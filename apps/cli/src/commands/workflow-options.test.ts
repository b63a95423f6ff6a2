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
