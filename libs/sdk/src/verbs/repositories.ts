import {
  RegisterRepositoryRequestSchema,
  RepositorySchema,
  UpdateRepositoryRequestSchema,
  type Repository as Message,
} from '@plimsoll/proto'
import { allPages } from '../all-pages.ts'
import { answered } from '../answered.ts'
import { messageOf, plainOf } from '../plain.ts'
import { rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { CallOptions, CommandOptions } from '../shapes/options.ts'
import type { Repository, RepositoryConfig, RepositoryUpdate } from '../shapes/repository.ts'

export type RepositoryVerbs = {
  /** Registers a remote, or changes the one of that id; the same values change nothing. Answers the id. */
  readonly registerRepository: (config: RepositoryConfig, options?: CallOptions) => Promise<string>
  /** Changes what is given. Answers whether anything changed. @throws NotFoundError */
  readonly updateRepository: (id: string, changes: RepositoryUpdate, options?: CallOptions) => Promise<boolean>
  /** @throws NotFoundError */
  readonly getRepository: (id: string, options?: CallOptions) => Promise<Repository>
  /** All of them, by id. */
  readonly listRepositories: (options?: CallOptions) => Promise<readonly Repository[]>
  /** @throws PreconditionError while workflows use it, naming them */
  readonly deleteRepository: (id: string, options?: CommandOptions) => Promise<void>
}

export function repositoryVerbs({ connection, remember, tokenOf, newest }: Session): RepositoryVerbs {
  const { gitops } = connection
  const shape = (repository: Message): Repository => plainOf(RepositorySchema, repository)
  return {
    async registerRepository(config, options = {}) {
      const request = messageOf(RegisterRepositoryRequestSchema, config)
      const { repository, token } = await gitops.registerRepository(request, rpcOptions(options, shortMs))
      remember(token)
      return answered(repository, 'repository').id
    },
    async updateRepository(id, changes, options = {}) {
      const request = messageOf(UpdateRepositoryRequestSchema, { ...changes, id })
      const { changed, token } = await gitops.updateRepository(request, rpcOptions(options, shortMs))
      remember(token)
      return changed
    },
    async getRepository(id, options = {}) {
      const request = { id, minToken: tokenOf(`repository-${id}`) }
      const { repository } = await gitops.getRepository(request, rpcOptions(options, shortMs))
      return shape(answered(repository, 'repository'))
    },
    listRepositories(options = {}) {
      const minToken = newest('repository')
      return allPages(
        (page) => gitops.listRepositories({ minToken, ...page }, rpcOptions(options, shortMs)),
        ({ repositories }) => repositories.map(shape),
      )
    },
    async deleteRepository(id, options = {}) {
      const { token } = await gitops.deleteRepository({ id, ...whyOf(options) }, rpcOptions(options, shortMs))
      remember(token)
    },
  }
}
