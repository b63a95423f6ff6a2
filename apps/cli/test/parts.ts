import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The process ids of the parts that run on a state folder, by name. */
export function partPids(folder: string): Readonly<Record<string, number>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.pid') && basename(file) !== 'postmaster.pid',
  )
  return Object.fromEntries(
    files.map((file) => {
      const { pid } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly pid: number }
      return [basename(file, '.pid'), pid]
    }),
  )
}

/** The TCP addresses, in the kernel's hexadecimal, on which a process listens. Linux only. */
export function listeningAddresses(pid: number): readonly string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && inode !== undefined && inodes.has(inode))
      .map(([, local = '']) => local.split(':')[0] ?? ''),
  )
}
