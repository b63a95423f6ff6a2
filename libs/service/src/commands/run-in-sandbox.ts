import type { ServiceAccount } from '@plimsoll/domain'
import type { Endpoint } from '@plimsoll/kubernetes'
import { openSandbox } from '@plimsoll/sandbox'
import type { SandboxOutput } from '@plimsoll/sandbox'
import { commandKubeconfig } from './command-kubeconfig.ts'
import type { CommandTools } from './command-tools.ts'
import { openMask } from './mask-output.ts'
import { commandsUntil } from '../write/lease.ts'
import type { HookCommand } from './hook-command.ts'

export type InSandbox = {
  readonly command: HookCommand
  readonly account: ServiceAccount
  readonly endpoint: Endpoint
  readonly tools: CommandTools
  readonly token: string
  readonly hosts: readonly string[]
  /** What is masked in its output, as needlesOf has it. */
  readonly needles: readonly string[]
  readonly hear: (text: string) => void
}

/** It wrote more than is worth masking, and was ended. */
export class TooMuchOutputError extends Error {
  override readonly name = 'TooMuchOutputError'
}

const mebi = 1024 ** 2
// Output is read as it comes: what the sandbox keeps of it tells it that memory was short.
const limits = { memoryBytes: 1024 * mebi, diskBytes: 256 * mebi, outputBytes: 4_096 }
const mostOutputMebi = 64

// Loopback of the sandbox is its own: nobody else has ports there.
const apiPort = 6443
const kubeconfigPath = '.kube/config'

/** Runs the command by the shell of this machine. Rejects with SandboxError, TooMuchOutputError or the signal's reason. */
export async function runInSandbox(run: InSandbox): Promise<SandboxOutput> {
  const { command, account, endpoint, tools, token, hosts, needles, hear } = run
  const { id, destination } = command.config
  const names = { namespace: destination.namespace, account: `${account.namespace}/${account.name}` }
  const kubeconfig = commandKubeconfig({ endpoint, port: apiPort, token, ...names })
  const flood = new AbortController()
  let left = mostOutputMebi * mebi
  const streams = { stdout: reader(needles, hear), stderr: reader(needles, hear) }
  try {
    return await openSandbox({ launcher: tools.launcher }).run({
      command: '/bin/sh',
      // In one stream: in two, nobody could say what was written first.
      args: ['-c', 'exec /bin/sh -c "$0" 2>&1', command.command],
      files: new Map([[kubeconfigPath, Buffer.from(kubeconfig)]]),
      programs: tools.programs,
      readOnly: tools.shown,
      env: {
        HOME: '/work',
        KUBECONFIG: `/work/${kubeconfigPath}`,
        LANG: 'C.UTF-8',
        PLIMSOLL_WORKFLOW: id,
        PLIMSOLL_REVISION: command.revision,
        PLIMSOLL_SYNC_ID: command.syncId,
      },
      forwards: [{ port: apiPort, host: endpoint.host, to: Number(endpoint.server.port || 443) }],
      proxy: { allow: hosts, setting: 'PLIMSOLL_HOOK_HOSTS' },
      onMuchOutput: 'keep-tail',
      onOutput: (piece, stream) => {
        left -= piece.length
        if (left >= 0) streams[stream].take(piece)
        else flood.abort(new TooMuchOutputError(`it wrote more than ${mostOutputMebi} MiB, and was ended`))
      },
      limits: { ...limits, timeoutMs: command.timeoutMs },
      heldUntil: () => commandsUntil(command.held),
      signal: AbortSignal.any([command.signal, flood.signal]),
    })
  } finally {
    streams.stdout.end()
    streams.stderr.end()
  }
}

/** Bytes to masked text: signs and values that are cut in two are put together. */
function reader(needles: readonly string[], hear: (text: string) => void) {
  const decoder = new TextDecoder()
  const mask = openMask(needles)
  const tell = (text: string) => {
    if (text !== '') hear(text)
  }
  return {
    take: (piece: Uint8Array) => tell(mask.write(decoder.decode(piece, { stream: true }))),
    end: () => tell(mask.write(decoder.decode()) + mask.end()),
  }
}
