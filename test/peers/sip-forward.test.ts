/** Forwarded to another domain through Kamailio, to somebody there who reads datagrams. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { forwardingContract, type ForwardingFixture } from '../sip/forwarding-contract.ts'
import { arrivalOf, openForwarding, statusFor } from '../sip/forwarding-side.ts'
import { answerTo } from '../sip/core.ts'
import { createHappenings } from '../servers/happenings.ts'
import { CORE_PROGRAMS, PF } from './behind-core.ts'
import { startKamailio } from './kamailio.ts'
import { withPeer } from './needs.ts'

const ELSEWHERE = '127.0.0.9'

async function open(): Promise<ForwardingFixture> {
  const { happened, until } = createHappenings()
  const arrived = new Map<string, string>()
  const far = createSocket('udp4')
  far.on('message', (bytes, from) => {
    const request = bytes.toString('latin1')
    // Over UDP it is said again until it is answered (RFC 3261 §17.1.2.2).
    const branch = /^Via: .*branch=(\S+)/m.exec(request)?.[1] ?? ''
    arrived.set(branch, request)
    // RFC 3261 §16.6: a proxy there would send it where a Route says, which is back.
    const status = /^Route:/m.test(request) ? 482 : statusFor(request)
    if (status !== undefined) far.send(answerTo(request, status), from.port, from.address)
    happened()
  })
  far.bind(0, ELSEWHERE)
  await once(far, 'listening')
  const at = `${ELSEWHERE}:${far.address().port}`
  const core = await startKamailio([{ host: PF, port: 1 }])
  const side = await openForwarding(core, PF)
  return {
    forwarding: side.forwarding,
    somebody: `sip:dan@${at}`,
    refusing: `sip:refusing@${at}`,
    busy: `sip:busy@${at}`,
    silent: `sip:silent@${at}`,
    arrived: () => [...arrived.values()].map(arrivalOf),
    has: (count) => until(() => arrived.size >= count),
    cut: () => core.kill(),
    async close() {
      await side.stop()
      await core.stop()
      far.close()
    },
  }
}

withPeer('Kamailio', CORE_PROGRAMS, () => forwardingContract(open))
