import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Who holds a folder. */
export type Holder = {
  readonly pid: number
  /** When it took the folder, as an ISO instant. */
  readonly since: string
}

/** Another process holds the folder. */
export class FolderHeldError extends Error {
  override readonly name = 'FolderHeldError'
  readonly folder: string
  readonly holder: Holder

  constructor(folder: string, holder: Holder) {
    super(`${folder} is in use by process ${holder.pid} since ${holder.since}`)
    this.folder = folder
    this.holder = holder
  }
}

type Answer = Holder & { readonly holds: boolean }

/**
 * Takes a folder for this process until the result is disposed or the process dies, by any means.
 * Throws `FolderHeldError` when another live process has it.
 *
 * Each contender listens on a socket of its own and then asks all others. Two that meet while both still ask back out
 * and try again; so there is nothing stale to take over: a socket that nobody answers belongs to a dead process.
 */
export async function holdFolder(folder: string): Promise<AsyncDisposable> {
  const real = realpathSync(folder)
  const entries = contendersOf(real)
  for (;;) {
    const contender = await enter(entries)
    const others = await askOthers(entries, contender.entry)
    const holder = others.find((other) => other.holds)
    if (others.length === 0) {
      contender.answer.holds = true
      return { [Symbol.asyncDispose]: contender.leave }
    }
    await contender.leave()
    if (holder) throw new FolderHeldError(real, { pid: holder.pid, since: holder.since })
    await delay(5 + Math.random() * 50)
  }
}

/** A socket's path may have no more than about 100 bytes, so the sockets are not in the folder itself. */
function contendersOf(folder: string): string {
  const user = process.getuid?.() ?? 0
  const base = `/tmp/plimsoll-${user}`
  mkdirSync(base, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(base)
  if (uid !== user || (mode & 0o077) !== 0)
    throw new Error(`${base} must belong to this user alone (mode 0700): remove it`)
  const entries = join(base, createHash('sha256').update(folder).digest('hex').slice(0, 16))
  mkdirSync(entries, { recursive: true, mode: 0o700 })
  return entries
}

async function enter(entries: string) {
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`
  const entry = join(entries, name)
  const answer = { pid: process.pid, since: new Date().toISOString(), holds: false }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(JSON.stringify(answer satisfies Answer))
  })
  // Renamed once it listens: a socket under its final name that refuses is a dead one.
  const unready = join(entries, `.${name}`)
  await listen(server, unready)
  renameSync(unready, entry)
  server.unref()
  const leave = async () => {
    rmSync(entry, { force: true })
    await new Promise((resolve) => server.close(resolve))
  }
  return { entry: name, answer, leave }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

async function askOthers(entries: string, own: string): Promise<readonly Answer[]> {
  const names = readdirSync(entries).filter((name) => name !== own && !name.startsWith('.'))
  const answers = await Promise.all(names.map((name) => ask(join(entries, name))))
  return answers.filter((answer) => answer !== undefined)
}

/** What the contender behind a socket answers; undefined, and the socket removed, when it is dead. */
function ask(path: string): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path)
    socket.setEncoding('utf8')
    // A process that is stopped still has the folder: its name and the time of its socket say who it is.
    socket.setTimeout(2_000, () => {
      socket.destroy()
      resolve({ pid: Number.parseInt(basename(path), 10), since: sinceOf(path), holds: true })
    })
    socket.on('data', (chunk: string) => (text += chunk))
    socket.once('end', () => resolve(text ? (JSON.parse(text) as Answer) : undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') rmSync(path, { force: true })
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ECONNRESET') resolve(undefined)
      else reject(error)
    })
  })
}

function sinceOf(path: string): string {
  const time = statSync(path, { throwIfNoEntry: false })?.ctime ?? new Date()
  return time.toISOString()
}
