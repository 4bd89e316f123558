/** The part of smpp (SMPP 3.4) that is used here; it comes without types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'

  interface Pdu {
    readonly command: string
    readonly command_status: number
    readonly message_id?: string
    readonly esm_class?: number
    readonly data_coding?: number
    readonly short_message?: { readonly message?: string | Buffer }
    readonly message_payload?: { readonly message?: string | Buffer } | Buffer
    readonly receipted_message_id?: string
    readonly message_state?: number
    response(fields?: { readonly command_status?: number }): Pdu
  }
  interface Session extends EventEmitter {
    bind_transceiver(fields: object, answered: (pdu: Pdu) => void): boolean
    submit_sm(fields: object, answered: (pdu: Pdu) => void): boolean
    unbind(answered: () => void): boolean
    send(pdu: Pdu): boolean
    destroy(): void
  }
  interface Encoding {
    match(text: string): boolean
    encode(text: string): Buffer
  }
  const smpp: {
    connect(options: object): Session
    readonly encodings: { readonly ASCII: Encoding }
  }
  export type { Pdu, Session }
  export default smpp
}
