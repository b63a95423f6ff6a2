import { spawnSync } from 'node:child_process'
import { chownSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PartFailedError } from '../process/part-failed-error.ts'

/** Postgres refuses to run as root: how it is run instead. */
export type PostgresUser =
  | { readonly kind: 'self' }
  /** In a user namespace in which root is called nobody: files stay root's, and no folder needs opening. */
  | { readonly kind: 'namespace'; readonly prefix: readonly string[] }
  /** As nobody: every folder above the binaries and the data must let others pass. */
  | { readonly kind: 'nobody'; readonly uid: number; readonly gid: number }

const nobody = 65_534

/** How Postgres can be run by this user, here. `namespaces` false leaves user namespaces out. */
export function postgresUser(namespaces = true): PostgresUser {
  if (process.getuid?.() !== 0) return { kind: 'self' }
  const prefix = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`]
  const [command, ...args] = [...prefix, 'true']
  if (namespaces && spawnSync(command, args, { stdio: 'ignore' }).status === 0) return { kind: 'namespace', prefix }
  return { kind: 'nobody', uid: nobody, gid: nobody }
}

/**
 * Sees to it that the user that Postgres runs as owns the data and can reach them and the binaries. Data of another
 * person are not taken over.
 */
export function admit(user: PostgresUser, data: string, binary: string): void {
  const { uid: owner } = statSync(data)
  if (user.kind === 'self') {
    if (owner !== process.getuid?.()) throw foreign(data, owner)
    return
  }
  if (owner !== 0 && owner !== nobody) throw foreign(data, owner)
  if (user.kind === 'namespace') return giveTo(data, 0, 0)
  for (const path of [binary, data]) {
    const closed = ancestors(path).find((folder) => (statSync(folder).mode & 0o001) === 0)
    if (closed) throw unreachable(closed, path)
  }
  giveTo(data, user.uid, user.gid)
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [] : [...ancestors(parent), parent]
}

function giveTo(path: string, uid: number, gid: number): void {
  const entry = lstatSync(path)
  if (entry.uid === uid) return
  chownSync(path, uid, gid)
  if (entry.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), uid, gid)
}

function unreachable(folder: string, path: string): PartFailedError {
  return new PartFailedError({
    what: 'Postgres cannot run as root, and another user cannot reach its files',
    where: path,
    because: `only its owner may enter ${folder}, and user namespaces are not available here (unshare --user)`,
    try: `run as an ordinary user, or \`chmod o+x ${folder}\`, or use a server of your own with \`--postgres URL\``,
  })
}

function foreign(data: string, owner: number): PartFailedError {
  return new PartFailedError({
    what: 'The data of Postgres belong to another user',
    where: data,
    because: `they are owned by uid ${owner}, and this is uid ${process.getuid?.()}`,
    try: 'run as that user, or use another state folder',
  })
}
