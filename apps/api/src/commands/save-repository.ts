import {
  proxyUrlProblem,
  registerRepository,
  remoteUrlProblem,
  repositoryConfig,
  repositoryDecider,
  repositoryStream,
  type Problem,
  type RepositoryConfig,
  type RepositoryRequest,
} from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { invalid } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { deleteSecret, putSecret, type Secret, webhookSecretId } from './credentials.ts'

type Reason = { readonly commandId?: string | undefined; readonly reason?: string | undefined }

/** What to do about a stored secret: nothing, forget it, or keep this one. */
type SecretChange<T> = 'keep' | null | T

/** Checks everything that needs no network, all problems at once. @throws RefusalError */
export function checkRepository(
  request: RepositoryRequest,
  { allowFileRemotes }: Pick<Dependencies, 'allowFileRemotes'>,
  more: readonly Problem[],
): RepositoryConfig {
  const checked = repositoryConfig(request)
  const url = remoteUrlProblem(request.url, { allowFile: allowFileRemotes })
  const proxy = request.proxy === undefined ? undefined : proxyUrlProblem(request.proxy)
  const problems = [
    ...(checked.ok ? [] : checked.problems.filter(({ field }) => field !== 'url')),
    ...(url === undefined ? [] : [{ field: 'url', message: url }]),
    ...(proxy === undefined ? [] : [{ field: 'proxy', message: proxy }]),
    ...branchProblems(request.branch),
    ...more,
  ]
  if (!checked.ok || problems.length > 0) throw invalid(problems)
  return checked.value
}

/** What `git check-ref-format` refuses, and what could be taken for an option or a path. */
function branchProblems(branch = 'main'): Problem[] {
  // eslint-disable-next-line no-control-regex
  const bad = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|(?:^|\/)\.|[./]$|^[-/]|^@$|^$/.test(branch)
  return bad || branch.length > 250 ? [{ field: 'branch', message: 'is no name of a branch' }] : []
}

/**
 * Records a repository and keeps its secrets. The secret is sealed and stored before the event that makes the poller use it,
 * and forgotten only after the event that makes it stop.
 */
export async function saveRepository(
  dependencies: Dependencies,
  call: Call,
  config: RepositoryConfig,
  secrets: { readonly credentials: SecretChange<Secret>; readonly webhook: SecretChange<string> },
  reason: Reason,
) {
  const { log } = dependencies
  const { id } = config
  const { credentials, webhook } = secrets
  const credentialsChanged =
    credentials !== 'keep' && credentials !== null
      ? await putSecret(dependencies, id, `repository:${id}`, JSON.stringify(credentials))
      : false
  const stream = repositoryStream(id)
  const { version, events, state } = await transact(
    log,
    { stream, cause: causeOf(call, reason), decider: repositoryDecider },
    registerRepository(config, { credentialsChanged }),
  )
  if (credentials === null) await deleteSecret(dependencies, id)
  const webhookChanged = await saveWebhookSecret(dependencies, id, webhook)
  return {
    repository: toRepository(state.config ?? config, state),
    changed: events.length > 0 || webhookChanged,
    token: formatToken(stream, version),
  }
}

async function saveWebhookSecret(
  dependencies: Dependencies,
  id: string,
  secret: SecretChange<string>,
): Promise<boolean> {
  const place = webhookSecretId(id)
  if (secret === 'keep') return false
  if (secret !== null) return putSecret(dependencies, place, place, secret)
  await deleteSecret(dependencies, place)
  return false
}
