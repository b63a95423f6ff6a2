import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

/** Says why no connection is made to an address; undefined if one is. */
export type RefuseAddress = (address: string) => string | undefined

/** The address that a name or URL leads to is one that is not connected to. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError'
}

const metadata = blockList([
  '169.254.0.0/16',
  'fe80::/10',
  '64:ff9b::a9fe:0/112',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
])
const loopback = blockList(['127.0.0.0/8', '::1/128', '64:ff9b::7f00:0/104'])
const nowhere = blockList(['0.0.0.0/8', '::/128', '224.0.0.0/4', 'ff00::/8', '255.255.255.255/32', '240.0.0.0/4'])

/**
 * What a cluster that a user names may lie at: any network, private ones too, but not the services of the machine itself,
 * those that clouds tell secrets by, or what is no address of one server.
 */
export function refuseAddress({ allowLoopback }: { readonly allowLoopback: boolean }): RefuseAddress {
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (metadata.check(address, family)) return `${address} is link-local, where clouds serve credentials`
    if (nowhere.check(address, family)) return `${address} is no address of a server`
    if (!allowLoopback && loopback.check(address, family)) return `${address} is this machine itself`
    return undefined
  }
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/')
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Throws RefusedAddressError for a host that is an address by itself; names are judged when they are looked up. */
export function checkHost(host: string, refuse: RefuseAddress | undefined): void {
  const address = host.replace(/^\[|\]$/g, '')
  const because = isIP(address) === 0 ? undefined : refuse?.(address)
  if (because !== undefined) throw new RefusedAddressError(because)
}

/** Looks a name up for a connection; the address that is judged is the very one that is connected to. */
export function guardedLookup(refuse: RefuseAddress): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const because = error ? undefined : addresses.map(({ address }) => refuse(address)).find(Boolean)
      const [first] = addresses ?? []
      if (error) callback(error, [])
      else if (because !== undefined) callback(new RefusedAddressError(`${host}: ${because}`), [])
      else if (options.all) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family)
    })
  }
}
