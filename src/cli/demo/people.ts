/** Who and what the demo plays with. */
import type { Login } from './exchange.ts'

const DOMAIN = 'example.com'

export interface Person extends Login {
  readonly xui: string
}

function person(name: string): Person {
  return { name: `${name}@${DOMAIN}`, xui: `sip:${name}@${DOMAIN}`, password: `${name}-secret` }
}

export const ADMIN = person('admin')
export const ALICE = person('alice')
export const BOB = person('bob')
export const CAROL = person('carol')
export const PF = person('pf')

export const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000a11c'
export const BOBS_PHONE = 'urn:uuid:00000000-0000-1000-8000-000000000b0b'

export const PROFILE_TYPE = 'application/vnd.cpm-xdms.profile+xml'
export const ACTIVE_TYPE = 'application/vnd.cpm-xdms.active-profile+xml'
export const DO_NOT_DISTURB_TYPE = 'application/vnd.cpm-xdms.do-not-disturb+xml'

export function profile(displayName: string): string {
  return [
    '<profile xmlns="urn:cpm-xdms:profile:1" id="work">',
    `<display-name xml:lang="en">${displayName}</display-name>`,
    '<messages><rule id="spam" action="reject"><originator domain="spam.example"/></rule><available ' +
      'action="deliver"/></messages>',
    '</profile>',
  ].join('')
}

/** Messages wait, and their user is told; invitations go to Carol; what he wants by e-mail goes there. */
export const WAITING_PROFILE = [
  '<profile xmlns="urn:cpm-xdms:profile:1" id="work">',
  '<display-name xml:lang="en">In a meeting</display-name>',
  `<messages><rule id="dates" action="forward" to="${CAROL.xui}"><content-type>text/calendar</content-type></rule>`,
  '<available action="defer"/></messages>',
  '<deferred mode="notify" keep-for="P1D"/>',
  '<interworking><service name="email" priority="1" address="mailto:alice@home.example"/></interworking>',
  '</profile>',
].join('')

export const BROKEN_PROFILE =
  '<profile xmlns="urn:cpm-xdms:profile:1" id="work"><display-name>At work</display-name><colour>red</colour></profile>'

export const ACTIVE =
  `<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="work"><device ` +
  `id="${PHONE}" profile="work"/></active-profile>`

export function doNotDisturb(on: boolean, rest = ''): string {
  return `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${on}"${rest}/>`
}
