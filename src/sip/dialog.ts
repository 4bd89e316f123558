/** One dialog, RFC 3261 §12: what its requests look like, and which of the other side's are in order. */
import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js'
import { Refused } from '../refusal.ts'
import type { SipBody } from './port.ts'
import { QUOTED } from './quoted.ts'
import { isSipTarget, WireRequest } from './wire.ts'

export interface DialogState {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Header values, without their tags. */
  readonly local: string
  readonly remote: string
  readonly routes: readonly string[]
}

export class Dialog {
  readonly state: DialogState
  #target: string
  #localSequence: number
  #remoteSequence: number

  constructor(state: DialogState, target: string, sequences: { readonly local: number; readonly remote: number }) {
    this.state = state
    this.#target = target
    this.#localSequence = sequences.local
    this.#remoteSequence = sequences.remote
  }

  get key(): string {
    return dialogKey(this.state.callId, this.state.localTag, this.state.remoteTag)
  }

  /** RFC 3261 §12.2.1.1. ACK has the number of its INVITE. */
  request(method: string, headers: readonly string[], body?: SipBody): WireRequest {
    const { callId, local, localTag, remote, remoteTag, routes } = this.state
    if (method !== 'ACK') this.#localSequence += 1
    const sequence = this.#localSequence
    const fixed = [
      ...routes.map((route) => `Route: ${route}`),
      'Max-Forwards: 70',
      `From: ${local};tag=${localTag}`,
      `To: ${remote};tag=${remoteTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${sequence} ${method}`,
    ]
    return new WireRequest(method, this.#target, sequence, [...fixed, ...headers], body)
  }

  /**
   * RFC 3261 §12.2.2: false for a request that is older than one before it. Takes a new target from those that may
   * bring one.
   */
  takes(request: IncomingRequest): boolean {
    const sequence = request.cseq ?? 0
    if (sequence < this.#remoteSequence) return false
    this.#remoteSequence = sequence
    if (/^(?:INVITE|SUBSCRIBE|NOTIFY)$/.test(request.method)) this.#target = contactOf(request) ?? this.#target
    return true
  }
}

/** Under this one dialog is known. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return JSON.stringify([callId, localTag, remoteTag])
}

/** Between the angle brackets, as it was written; those in a display name are of the name. */
function contactOf(message: IncomingRequest | IncomingResponse): string | undefined {
  const contact = message.getHeader('contact') ?? message.getHeader('m')
  if (contact === undefined || contact.trim() === '*') return undefined
  const plain = contact.replace(QUOTED, '')
  const target = /<([^<>]+)>/.exec(plain)?.[1] ?? plain.split(';')[0]?.trim()
  return target !== undefined && isSipTarget(target) ? target : undefined
}

function withoutTag(header: string): string {
  return header.replace(/;\s*tag=[^;\s]+/i, '')
}

/** RFC 3261 §12.1.1. @throws Refused `bad-request` without a Contact that requests can be sent to. */
export function asCalled(request: IncomingRequest, localTag: string): Dialog {
  const target = contactOf(request)
  if (target === undefined)
    throw new Refused({ kind: 'bad-request', detail: 'A Contact header with a SIP URI is missing.' })
  const state = {
    callId: request.call_id ?? '',
    localTag,
    remoteTag: request.from_tag ?? '',
    local: withoutTag(request.getHeader('to') ?? ''),
    remote: withoutTag(request.getHeader('from') ?? ''),
    routes: request.getHeaders('record-route'),
  }
  return new Dialog(state, target, { local: 0, remote: request.cseq ?? 0 })
}

/** RFC 3261 §12.1.2. `undefined` without a Contact or tag: nothing could be sent. */
export function asCaller(request: WireRequest, localTag: string, response: IncomingResponse): Dialog | undefined {
  const target = contactOf(response)
  if (target === undefined || response.to_tag === null || response.to_tag === undefined) return undefined
  const state = {
    callId: request.getHeader('Call-ID') ?? '',
    localTag,
    remoteTag: response.to_tag,
    local: withoutTag(request.getHeader('From') ?? ''),
    remote: withoutTag(response.getHeader('to') ?? ''),
    routes: [...response.getHeaders('record-route')].reverse(),
  }
  return new Dialog(state, target, { local: request.cseq, remote: 0 })
}

/** RFC 6665 §4.4.1: the NOTIFY makes the dialog, for it may overtake the answer to its SUBSCRIBE. */
export function asSubscriber(notify: IncomingRequest): Dialog | undefined {
  const target = contactOf(notify)
  if (target === undefined || notify.from_tag === null || notify.to_tag === null) return undefined
  const state = {
    callId: notify.call_id ?? '',
    localTag: notify.to_tag,
    remoteTag: notify.from_tag,
    local: withoutTag(notify.getHeader('to') ?? ''),
    remote: withoutTag(notify.getHeader('from') ?? ''),
    routes: notify.getHeaders('record-route'),
  }
  return new Dialog(state, target, { local: 1, remote: 0 })
}
