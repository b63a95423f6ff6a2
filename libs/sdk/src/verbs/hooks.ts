import { HookEndSchema, HookRunningSchema, HookTextSchema } from '@plimsoll/proto'
import { plainOf } from '../plain.ts'
import type { Session } from '../session.ts'
import type { HookEnd, HookOutput, HookRunning, HookText } from '../shapes/hook-output.ts'
import type { WatchOptions } from './watches.ts'

export type HookOutputOptions = WatchOptions & {
  /** A sync or a rollback. Default: the newest that ran hooks; of a watch every one that comes. */
  readonly sync_id?: string | undefined
}

export type HookVerbs = {
  /**
   * What the hooks of a sync have written, as it is kept; then which of them run still, whose output is not kept yet.
   * @throws NotFoundError when there is no such workflow
   */
  readonly readHookOutput: (id: string, options?: HookOutputOptions) => AsyncGenerator<HookOutput, void, undefined>
  /**
   * That hooks run, and what they write, as they write it, until the loop is left. What comes while the server is away is not told; it can be
   * read afterwards.
   */
  readonly watchHookOutput: (id: string, options?: HookOutputOptions) => AsyncGenerator<HookOutput, void, undefined>
}

export function hookVerbs({ connection }: Session): HookVerbs {
  const { gitops, follow } = connection
  async function* read(
    workflowId: string,
    { sync_id: syncId, signal }: HookOutputOptions,
    isFollowed: boolean,
  ): AsyncGenerator<HookOutput, void, undefined> {
    const request = { workflowId, follow: isFollowed, onlyNew: isFollowed, ...(syncId !== undefined && { syncId }) }
    for await (const { item } of follow((call) => gitops.watchHookOutput(request, call), signal)) {
      if (item.case === 'running')
        yield { type: 'running', ...plainOf<Omit<HookRunning, 'type'>>(HookRunningSchema, item.value) }
      if (item.case === 'text') yield { type: 'text', ...plainOf<Omit<HookText, 'type'>>(HookTextSchema, item.value) }
      if (item.case === 'end') yield { type: 'end', ...plainOf<Omit<HookEnd, 'type'>>(HookEndSchema, item.value) }
    }
  }
  return {
    readHookOutput: (id, options = {}) => read(id, options, false),
    watchHookOutput: (id, options = {}) => read(id, options, true),
  }
}
