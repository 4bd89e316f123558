/** Delivery receipts of an SMSC (SMPP 3.4 appendix B). */
import type { Pdu } from 'smpp'

export interface Receipt {
  /**
   * The message's id in every spelling that SMSCs use: some answer a submission in hexadecimal and report in decimal.
   */
  readonly ids: readonly string[]
  readonly disposition: 'delivered' | 'failed'
  readonly state: string
}

/** SMPP 3.4 §5.2.12 and §5.2.28. */
const KIND = 0x3c
const IS_RECEIPT = 0x04
const STATES = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD']
/** It is still on its way. */
const NOT_FINAL: ReadonlySet<string> = new Set(['ENROUTE', 'ACCEPTD', 'SCHEDUL', ''])

export function isReceipt({ esm_class: kind = 0 }: Pdu): boolean {
  return (kind & KIND) === IS_RECEIPT
}

/** `undefined`: it says nothing final, or not of which message. */
export function readReceipt(pdu: Pdu): Receipt | undefined {
  const text = textIn(pdu)
  const state = (STATES[pdu.message_state ?? 0] || /\bstat:\s*([A-Z]+)/i.exec(text)?.[1]?.toUpperCase()) ?? ''
  const said = pdu.receipted_message_id || /\bid:\s*(\S+)/i.exec(text)?.[1]
  if (said === undefined || NOT_FINAL.has(state)) return undefined
  return { ids: spellings(said), disposition: state === 'DELIVRD' ? 'delivered' : 'failed', state }
}

function textIn({ short_message: short, message_payload: payload }: Pdu): string {
  const long = payload === undefined || Buffer.isBuffer(payload) ? payload : payload.message
  const text = short?.message?.length ? short.message : (long ?? '')
  return typeof text === 'string' ? text : text.toString('latin1')
}

function spellings(id: string): readonly string[] {
  const decimal = /^\d{1,20}$/.test(id) ? [BigInt(id).toString(16), BigInt(id).toString(16).toUpperCase()] : []
  const hexadecimal = /^[0-9a-f]{1,16}$/i.test(id) ? [BigInt(`0x${id}`).toString()] : []
  return [...new Set([id, id.toLowerCase(), ...decimal, ...hexadecimal])]
}
