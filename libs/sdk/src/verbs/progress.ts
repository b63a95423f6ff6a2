import { GetProgressResponseSchema, WatchProgressResponseSchema } from '@plimsoll/proto'
import { plainOf } from '../plain.ts'
import { rpcOptions, shortMs, type Session } from '../session.ts'
import type { CallOptions } from '../shapes/options.ts'
import type { Progress } from '../shapes/progress.ts'
import type { WatchOptions } from './watches.ts'

type Selected = {
  /** Labels in the syntax of kubectl: `app=shop`. Default: all workflows. */
  readonly selector?: string | undefined
}

export type ProgressVerbs = {
  /** How far several workflows have come, in the order of promotion. @throws InvalidRequestError for a wrong selector */
  readonly getProgress: (options?: CallOptions & Selected) => Promise<Progress>
  /** The progress, then each change of it. Goes on by itself after the server was away. */
  readonly watchProgress: (options?: WatchOptions & Selected) => AsyncGenerator<Progress, void, undefined>
}

export function progressVerbs({ connection, newest }: Session): ProgressVerbs {
  const { gitops, follow } = connection
  return {
    async getProgress({ selector = '', ...options } = {}) {
      const request = { selector, minToken: newest('workflow') }
      return plainOf(GetProgressResponseSchema, await gitops.getProgress(request, rpcOptions(options, shortMs)))
    },
    async *watchProgress({ selector = '', signal } = {}) {
      const request = { selector, minToken: newest('workflow') }
      for await (const answer of follow((call) => gitops.watchProgress(request, call), signal))
        // A bookmark says only that the connection is alive.
        if (answer.summary !== '') yield plainOf(WatchProgressResponseSchema, answer)
    },
  }
}
