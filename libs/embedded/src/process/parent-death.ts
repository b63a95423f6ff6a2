import { spawn, spawnSync } from 'node:child_process'

let pdeathsig: boolean | undefined

/**
 * The words to put before a command so that the kernel ends it when this process dies, even by SIGKILL.
 * Empty where the kernel or `setpriv` cannot: `watchParent` does it there.
 */
export function parentDeathPrefix(signal: NodeJS.Signals): readonly string[] {
  pdeathsig ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0
  if (!pdeathsig) return []
  // Should we die before the kernel was told, nothing may run: the shell looks whether we are still its parent.
  const ifNotOrphaned = ['/bin/sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)]
  return ['setpriv', '--pdeathsig', signal.replace('SIG', ''), ...ifNotOrphaned]
}

/**
 * Ends `pid` when this process dies: a shell waits for the end of a pipe that only we hold open.
 * Returns the function that calls the watcher off.
 */
export function watchParent(pid: number, signal: NodeJS.Signals): () => void {
  const script = 'read -r _; kill -s "$1" "$2"'
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', signal.replace('SIG', ''), String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.on('error', () => undefined)
  watcher.unref()
  return () => void watcher.kill('SIGKILL')
}
