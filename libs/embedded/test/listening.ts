import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The TCP addresses, in the kernel's hexadecimal, on which a process listens. Loopback is `0100007F`. Linux only. */
export function listeningAddresses(pid: number): readonly string[] {
  const inodes = new Set(socketInodes(pid))
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && inode !== undefined && inodes.has(inode))
      .map(([, local = '']) => local.split(':')[0] ?? ''),
  )
}

function socketInodes(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
}
