import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Seals bodies for one purpose. What one key sealed, no other opens. */
export type SealKey = {
  /** `context` is bound to the sealed body: it opens only with the same. */
  readonly seal: (plain: Uint8Array, context?: string) => Uint8Array
  /** @throws Error when the body was sealed with another key or context, or was changed */
  readonly unseal: (sealed: Uint8Array, context?: string) => Uint8Array
  /** `hmac:<hex>`: names a body without letting anyone without the key test a guess. */
  readonly digest: (body: Uint8Array) => string
}

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Derives the key for a purpose (`repository:<id>`, `workflow:<id>`, …) from the installation's 32 bytes. */
export function sealKey(installationKey: Uint8Array, purpose: string): SealKey {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', installationKey, '', `plimsoll/${use}/${purpose}`, 32))
  const cipherKey = derive('seal')
  const digestKey = derive('digest')
  return {
    seal(plain, context = '') {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce).setAAD(Buffer.from(context))
      const body = [cipher.update(plain), cipher.final()]
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), ...body])
    },
    unseal(sealed, context = '') {
      if (sealed[0] !== FORMAT || sealed.byteLength < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed body')
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
      return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()])
    },
    digest: (body) => `hmac:${createHmac('sha256', digestKey).update(body).digest('hex')}`,
  }
}
