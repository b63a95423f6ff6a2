import type { ImpactRule } from './impact-rule.ts'
import { at, listAt, same, some, textAt, textsAt } from './subject.ts'
import type { Subject } from './subject.ts'

const policies = ['networking.k8s.io/NetworkPolicy']
const routes = [
  'networking.k8s.io/Ingress',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'gateway.networking.k8s.io/Gateway',
]

/** Who reaches whom. */
export const networkRules: readonly ImpactRule[] = [
  {
    name: 'service-type-changed',
    impact: 'high',
    when: 'a Service becomes one of another type',
    types: ['update', 'replace'],
    kinds: ['/Service'],
    finds: ({ before, after }) => {
      const [old, now] = [before, after].map((service) => textAt(service, 'spec', 'type') ?? 'ClusterIP')
      if (old === now) return undefined
      const text = `${old} -> ${now}`
      if (now === 'LoadBalancer' || (now === 'NodePort' && old !== 'LoadBalancer'))
        return `${text}: it can be reached from outside`
      return { text: `${text}: its address goes`, effects: ['interrupts_traffic'] }
    },
  },
  {
    name: 'service-opened',
    impact: 'high',
    when: 'a LoadBalancer lets in more addresses',
    types: ['update', 'replace'],
    kinds: ['/Service'],
    finds: ({ before, after }) => {
      const [old, now] = [before, after].map((service) => textsAt(service, 'spec', 'loadBalancerSourceRanges'))
      if (old === undefined || now === undefined || old.length === 0) return undefined
      const more = now.filter((range) => !old.includes(range))
      if (now.length === 0) return 'every address is let in'
      return more.length > 0 ? `${some(more)} ${more.length === 1 ? 'is' : 'are'} let in` : undefined
    },
  },
  {
    name: 'service-port-changed',
    impact: 'low',
    when: 'the ports of a Service change',
    types: ['update'],
    kinds: ['/Service'],
    finds: ({ before, after }) =>
      same(at(before, 'spec', 'ports'), at(after, 'spec', 'ports')) ? undefined : 'its ports change',
  },
  {
    name: 'route-host-removed',
    impact: 'high',
    when: 'an Ingress, a route or a Gateway no longer serves a host; its deletion is that too',
    types: ['update', 'delete', 'replace'],
    kinds: routes,
    effects: ['interrupts_traffic'],
    finds: ({ before, after }) => {
      const [old, now] = [hostsOf(before), hostsOf(after)]
      const gone = old.filter((host) => !now.includes(host))
      return gone.length > 0 ? `no longer serves ${some(gone)}` : undefined
    },
  },
  {
    name: 'route-encryption-removed',
    impact: 'high',
    when: 'an Ingress no longer has TLS for a host that it serves',
    types: ['update', 'replace'],
    kinds: ['networking.k8s.io/Ingress'],
    finds: ({ before, after }) => {
      const secured = (ingress: unknown) => listAt(ingress, 'spec', 'tls').flatMap((tls) => textsAt(tls, 'hosts'))
      const [now, served] = [secured(after), hostsOf(after)]
      const plain = secured(before).filter((host) => served.includes(host) && !now.includes(host))
      return plain.length > 0 ? `serves ${some(plain)} without TLS` : undefined
    },
  },
  {
    name: 'route-class-changed',
    impact: 'high',
    when: 'an Ingress or Gateway is given to another controller',
    types: ['update', 'replace'],
    kinds: ['networking.k8s.io/Ingress', 'gateway.networking.k8s.io/Gateway'],
    effects: ['interrupts_traffic'],
    finds: ({ before, after }) => {
      const [old, now] = [before, after].map(
        (route) => textAt(route, 'spec', 'ingressClassName') ?? textAt(route, 'spec', 'gatewayClassName'),
      )
      return old !== undefined && now !== undefined && old !== now ? `class ${old} -> ${now}` : undefined
    },
  },
  {
    name: 'network-policy-loosened',
    impact: 'high',
    when: 'a NetworkPolicy is deleted, or may let through what it did not before',
    types: ['update', 'delete', 'replace'],
    kinds: policies,
    finds: (subject) => loosened(subject),
  },
  {
    name: 'network-policy-tightened',
    impact: 'medium',
    when: 'a NetworkPolicy is new, or may stop what it let through before',
    types: ['create', 'update', 'replace'],
    kinds: policies,
    effects: ['interrupts_traffic'],
    finds: (subject) => tightened(subject),
  },
]

function hostsOf(route: unknown): readonly string[] {
  return [
    ...listAt(route, 'spec', 'rules').map((rule) => textAt(rule, 'host')),
    ...textsAt(route, 'spec', 'hostnames'),
    ...listAt(route, 'spec', 'listeners').map((listener) => textAt(listener, 'hostname')),
  ].filter((host) => host !== undefined)
}

/** The directions that a policy closes: Egress only where it says so, or has rules for it. */
function directions(policy: unknown): readonly ('ingress' | 'egress')[] {
  const types = textsAt(policy, 'spec', 'policyTypes')
  const closesEgress = types.length === 0 ? at(policy, 'spec', 'egress') !== undefined : types.includes('Egress')
  const closesIngress = types.length === 0 || types.includes('Ingress')
  return [...(closesIngress ? (['ingress'] as const) : []), ...(closesEgress ? (['egress'] as const) : [])]
}

function loosened({ before, after }: Subject): string | undefined {
  if (after === undefined) return 'what it stopped is let through'
  if (!same(at(before, 'spec', 'podSelector'), at(after, 'spec', 'podSelector'))) return 'it holds for other pods'
  const now = directions(after)
  for (const direction of directions(before)) {
    if (!now.includes(direction)) return `it no longer limits ${direction}`
    const old = listAt(before, 'spec', direction)
    if (listAt(after, 'spec', direction).some((rule) => !old.some((other) => covers(other, rule))))
      return `it may let more through (${direction})`
  }
  return undefined
}

function tightened({ before, after }: Subject): string | undefined {
  if (before === undefined) return 'what it does not name is stopped for the pods that it selects'
  if (!same(at(before, 'spec', 'podSelector'), at(after, 'spec', 'podSelector'))) return 'it holds for other pods'
  const old = directions(before)
  for (const direction of directions(after)) {
    if (!old.includes(direction)) return `it now limits ${direction}`
    const now = listAt(after, 'spec', direction)
    if (listAt(before, 'spec', direction).some((rule) => !now.some((other) => covers(other, rule))))
      return `it may stop more (${direction})`
  }
  return undefined
}

/** Whether a rule lets through all that another does, as far as that can be told by comparing peers and ports. */
function covers(rule: unknown, other: unknown): boolean {
  return ['from', 'to', 'ports'].every((field) => {
    const [wide, narrow] = [listAt(rule, field), listAt(other, field)]
    // None named is all.
    if (wide.length === 0) return true
    return narrow.length > 0 && narrow.every((each) => wide.some((peer) => same(peer, each)))
  })
}
