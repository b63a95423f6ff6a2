/** One event of every type, with every field, as this version of Plimsoll writes it; what may be null holds a value. */
export type Samples<Event extends { readonly type: string; readonly data: unknown }> = {
  readonly [Type in Event['type']]: { readonly type: Type } & Extract<Event, { readonly type: Type }>
}

export const digest = (hex: string) => `sha256:${hex.repeat(64)}`
export const sealed = (hex: string) => `hmac:${hex.repeat(64)}`
export const commit = 'c0ffee'.padEnd(40, '0')
export const tree = '7ee'.padEnd(40, '0')
export const unparked = { roles: ['repository'], by: 'ada', reason: 'the certificate is renewed' }
