/**
 * What is used of JsSIP's inside, which has no declarations of its own: its parser and its transactions. The version is
 * pinned, and the tests of test/sip fail where an upgrade changes one of these.
 */
declare module 'jssip/lib/Parser.js' {
  import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js'
  const parser: { parseMessage(data: string, ua: object): IncomingRequest | IncomingResponse | undefined }
  export default parser
}

declare module 'jssip/lib/SIPMessage.js' {
  export interface Uri {
    toString(): string
  }
  export interface Address {
    readonly uri: Uri
  }
  interface Incoming {
    readonly method: string
    readonly call_id: string | null
    readonly cseq: number | null
    readonly from: Address | null
    readonly to: Address | null
    readonly from_tag: string | null
    readonly to_tag: string | null
    readonly via: object | null
    readonly via_branch: string | null
    readonly body: string | null
    getHeader(name: string): string | undefined
    getHeaders(name: string): readonly string[]
  }
  export interface IncomingRequest extends Incoming {
    readonly ruri: Uri
    transport: object
    server_transaction: { receiveResponse(status: number, response: string): void } | null
  }
  export interface IncomingResponse extends Incoming {
    readonly status_code: number
  }
}

declare module 'jssip/lib/URI.js' {
  import type { Uri } from 'jssip/lib/SIPMessage.js'
  const uri: { parse(text: string): Uri | undefined }
  export default uri
}

declare module 'jssip/lib/Transactions.js' {
  import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js'
  export interface Transaction {
    id: string
    readonly type: 'nict' | 'nist' | 'ict' | 'ist'
    readonly request: { setHeader(name: string, value: string): void }
    receiveResponse(response: IncomingResponse): void
    onTransportError(): void
    cancel(): void
    send(): void
  }
  interface Happenings {
    onReceiveResponse(response: IncomingResponse): void
    onRequestTimeout(): void
    onTransportError(): void
  }
  type Client = new (ua: object, transport: object, request: object, handlers: Happenings) => Transaction
  type Server = new (ua: object, transport: object, request: IncomingRequest) => object
  const transactions: {
    readonly NonInviteClientTransaction: Client
    readonly InviteClientTransaction: Client
    readonly AckClientTransaction: Client
    readonly NonInviteServerTransaction: Server
    readonly InviteServerTransaction: Server
    checkTransaction(ua: object, request: IncomingRequest): boolean
  }
  export default transactions
}
