/**
 * `npm run demo:sip`: do-not-disturb on, a message waits; off, and it is pushed to a device over MSRP: through a real
 * Kamailio, with sipp as sender and device. Where the programs are not here it says which.
 */
import { existsSync } from 'node:fs'
import { ALICE } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { CORE_PROGRAMS, PF, startBehindCore } from './behind-core.ts'
import { sdp, startMsrpPeer } from './msrp-peer.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp, type SippRun } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

const say = (line: string): void => console.log(line)

function mustBeGood(what: string, { status, errors }: SippRun): void {
  if (status !== 0) throw new Error(`${what}: ${errors}`)
}

async function play(): Promise<void> {
  const behind = await startBehindCore()
  const { core, server } = behind
  say(`Kamailio listens on ${core.host}:${core.port}, as \`cpm-xdms print kamailio\` configures it`)
  say(`the server listens on ${server.url}, and for the core on ${PF}`)
  const peer = await startMsrpPeer(DEVICE, await freePort(DEVICE))
  try {
    mustBeGood('REGISTER', await sipp(register('alice', PHONE, 25995), { core, from: DEVICE, port: 25996 }))
    say('1. Alice’s phone registers with the core')
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    say('2. Alice turns do-not-disturb on')
    const named = ['From: <sip:bob@example.com>;tag=[call_number]', `To: <${ALICE}>`, 'Content-Type: text/plain']
    const message = send(request('MESSAGE', ALICE, named, 'Lunch at noon?')) + expectResponse(202)
    mustBeGood('MESSAGE', await sipp(message, { core, from: '127.0.0.8' }))
    say('3. Bob writes, and is told 202 Accepted; the message waits:')
    const waits = await server.alice.get(`/api/users/${ALICE}/deferred`)
    const [first] = (waits.json as { messages: readonly { from: string; reason: string }[] }).messages
    say(`   from ${first?.from ?? ''}, because of ${first?.reason ?? ''}`)
    const contact = 'Contact: <sip:alice@[local_ip]:[local_port]>\nContent-Type: application/sdp'
    const taken = answer('200 OK', contact, sdp(DEVICE, peer.path, 'passive').replaceAll('\r\n', '\n'))
    const ending = `<recv request="ACK"/><recv request="BYE"/>${answer('200 OK')}`
    const steps = `<recv request="INVITE" rrs="true"/>${taken}${ending}`
    const device = startSipp(steps, { core, from: DEVICE, port: 25995 })
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: false })
    say('4. Alice turns it off: INVITE, an MSRP session, BYE')
    mustBeGood('the session', await device.done)
    say(`5. The phone has: ${peer.messages[0]?.split('\r\n\r\n').slice(2).join(' ').trim() ?? 'nothing'}`)
  } finally {
    peer.stop()
    await behind.close()
  }
}

const missing = CORE_PROGRAMS.filter((program) => !existsSync(program))
if (missing.length > 0) {
  say(`This demo needs ${missing.join(', ')}: test/peers/install.sh installs them.`)
  process.exitCode = 1
} else await play()
