/** The part of http_ece (RFC 8188, RFC 8291) that is used here; it comes without types. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto'
  const ece: {
    encrypt(
      plain: Buffer,
      options: {
        readonly version: 'aes128gcm'
        /** Of this one message. */
        readonly privateKey: ECDH
        /** The receiver's public key and secret, in base64url as `salt` is. */
        readonly dh: string
        readonly authSecret: string
        readonly salt: string
      },
    ): Buffer
  }
  export default ece
}
