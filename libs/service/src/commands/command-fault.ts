import type { Fault, WorkflowConfig } from '@plimsoll/domain'
import type { ToolMissingError } from '@plimsoll/embedded'
import type { KubernetesError } from '@plimsoll/kubernetes'
import type { HostProblem, SandboxError } from '@plimsoll/sandbox'

/** Which command of which workflow. */
export type CommandPlace = {
  readonly config: Pick<WorkflowConfig, 'id' | 'destination'>
  readonly command: string
  /** `pre_sync_hooks[0]` */
  readonly where: string
}

/** A command cannot be run before a person changes something. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault'
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.because)
    this.fault = fault
  }
}

/** What keeps the commands of a workflow from being run, as far as it is known before; undefined if nothing does. */
export function commandObstacle(place: CommandPlace, enabled: boolean): Fault | undefined {
  if (!enabled) return switchedOff(place)
  return place.config.destination.service_account === null ? noAccount(place) : undefined
}

export function switchedOff(place: CommandPlace): Fault {
  return {
    ...notRun(place),
    because: 'commands are switched off in this installation',
    try: 'set PLIMSOLL_HOOK_COMMANDS=true for the services that plan and write, or take the command out of the workflow',
  }
}

export function noAccount(place: CommandPlace): Fault {
  return {
    ...notRun(place),
    because: 'a command runs as the service account of its workflow, and this one has none',
    try: 'set destination.service_account',
  }
}

/** The forward into a sandbox is a plain connection. */
export function proxied(place: CommandPlace): Fault {
  return {
    ...notRun(place),
    because: 'its cluster is reached through a proxy, which a sandbox cannot go through',
    try: 'reach the API server without proxy-url, or use a Job with a hook annotation instead',
  }
}

/** The address of the API server is not to be had. */
export function unreachable(place: CommandPlace, error: unknown): Fault {
  const because = error instanceof Error ? error.message : String(error)
  return { ...notRun(place), because, try: `correct the cluster ${place.config.destination.cluster}` }
}

export function noTools(place: CommandPlace, { what, because, try: ways }: ToolMissingError): Fault {
  return { ...notRun(place), because: `${what}: ${because}`, try: ways.join('; or ') }
}

export function noToken(place: CommandPlace, error: KubernetesError): Fault {
  const account = place.config.destination.service_account
  const [namespace, name] = [account?.namespace ?? '', account?.name ?? '']
  const remedies: Readonly<Partial<Record<KubernetesError['kind'], string>>> = {
    'not-found': `make it: \`kubectl create serviceaccount ${name} --namespace=${namespace}\`, or correct destination.service_account`,
    'namespace-missing': 'correct destination.service_account',
    forbidden: `let the identity of the cluster connection ask for it: \`kubectl create role plimsoll-token --namespace=${namespace} --verb=create --resource=serviceaccounts/token --resource-name=${name}\`, and bind it`,
  }
  return {
    ...notRun(place),
    because: `there is no token of its service account: ${error.message}`,
    try: remedies[error.kind] ?? 'mend what the message says',
  }
}

export function unsandboxed(place: CommandPlace, { message, try: remedy }: SandboxError): Fault {
  return { ...notRun(place), because: message, try: remedy }
}

/** It ran, and did not end well. `tail` is the end of what it wrote, masked; `refused` what it was not allowed to reach. */
export function ended(place: CommandPlace, because: string, tail: string, refused: readonly HostProblem[] = []): Fault {
  const hosts = [...new Set(refused.map(({ host, port }) => `${host}:${port}`))]
  const outcome = [because, ...(hosts.length === 0 ? [] : [`it may not reach ${hosts.slice(0, 3).join(', ')}`])].join(
    '; ',
  )
  const look = `see all that it wrote with \`plimsoll logs ${place.config.id}\``
  return {
    what: `the command ${quoted(place.command)} failed`,
    where: whereOf(place),
    because: tail === '' ? outcome : `${outcome}: ${tail}`,
    try: hosts.length === 0 ? `${look}, and mend what it says` : `${look}, or add the host to PLIMSOLL_HOOK_HOSTS`,
  }
}

function notRun(place: CommandPlace): Pick<Fault, 'what' | 'where'> {
  return { what: `the command ${quoted(place.command)} is not run`, where: whereOf(place) }
}

function whereOf({ config, where }: CommandPlace): string {
  return `sync_policy.${where} of workflow ${config.id}`
}

function quoted(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line)
}
