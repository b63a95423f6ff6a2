/** A host that is asked, and its port. */
export type RemotePlace = { readonly host: string; readonly port: number }

/** A reference that the operator lets a render fetch. */
export type RemoteReference = {
  readonly file: string
  readonly line: number
  /** As it may be shown. */
  readonly text: string
  /** Whether it may take `git` to fetch it. */
  readonly git: boolean
}

/** The setting that allows hosts. */
export const hostsSetting = 'PLIMSOLL_RENDER_HOSTS' as const

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'oci:': 443 }

/** Where Kustomize and Helm fetch a reference from; undefined unless they do it over HTTP, as SSH knows no proxy. */
export function remotePlace(text: string): RemotePlace | undefined {
  const plain = text.replace(/^git::/, '')
  const url = URL.parse(/^(?:www\.)?github\.com\//i.test(plain) ? `https://${plain}` : plain)
  const port = url === null ? undefined : ports[url.protocol]
  if (url === null || port === undefined || url.hostname === '') return undefined
  return {
    host: url.hostname.replace(/\.$/, '').toLowerCase(),
    port: url.port === '' ? port : Number(url.port),
  }
}

/** Whether one of the rules (`host`, `host:port`, `*.suffix`; without a port 80 and 443) is for a place. */
export function allowsPlace(hosts: readonly string[], { host, port }: RemotePlace): boolean {
  return hosts.some((rule) => {
    const [, name = '', own] = /^(.*?)(?::(\d+))?$/.exec(rule.includes(']') ? rule : rule.toLowerCase()) ?? []
    if (own === undefined ? port !== 80 && port !== 443 : Number(own) !== port) return false
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) : name === host
  })
}

/** Whether a text is a rule: `host`, `host:port`, `*.suffix` or `*.suffix:port`. */
export function isHostRule(text: string): boolean {
  const [, name = '', port = '443'] = /^(.*?)(?::(\d+))?$/.exec(text) ?? []
  const isName = /^(?:\*\.)?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i.test(name) || /^\[[0-9a-f:.]+\]$/i.test(name)
  return isName && name.length <= 253 && Number(port) >= 1 && Number(port) <= 65_535
}

/** Whether a URL, by its looks, is one file. */
export function isPlainFile(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.search === '' && /\.(?:ya?ml|json)$/.test(url.pathname) && !url.pathname.includes('//')
}
