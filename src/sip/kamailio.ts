/**
 * Kamailio as the core in front of us: a configuration for 5.6 and later with Debian's packages. It is the registrar
 * and proxy, says who is registered, asserts who sends, hands what is for our users to the participating function, and
 * takes what that sends to their devices.
 */
import type { SipSettings } from './settings.ts'
import { PROXY_MODULES, REGISTRAR_MODULES, ROUTES } from './kamailio-parts.ts'

export interface KamailioPlan {
  /** Where the core listens, for TCP and UDP. */
  readonly host: string
  readonly port: number
  /** Where it listens for TLS, and connects to the participating functions over it; without it all is TCP. */
  readonly tlsPort?: number
  readonly domain: string
  /** Participating functions: one user always meets the same one while it is there. */
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  /** For the database of the event packages, and the list of servers. */
  readonly folder: string
}

/** What has to be there beside the configuration: `path` from the plan's folder on. */
export interface KamailioFiles {
  readonly configuration: string
  readonly servers: string
  /** Which certificates the core shows and believes. */
  readonly tls: string
}

/** For one server. Where the core speaks TLS with it, devices without it find it one port below. */
export function kamailioPlan({ core, domain, host, port }: SipSettings, folder: string): KamailioPlan {
  const plan = { host: core.host, domain, servers: [{ host, port }], folder }
  return core.transport === 'tcp' ? { ...plan, port: core.port } : { ...plan, port: core.port - 1, tlsPort: core.port }
}

export function kamailioFiles(plan: KamailioPlan): KamailioFiles {
  return {
    configuration: configurationOf(plan),
    servers: serversOf(plan),
    tls: TLS.replaceAll('@FOLDER@', plan.folder),
  }
}

function serversOf({ servers, tlsPort }: KamailioPlan): string {
  const transport = tlsPort === undefined ? 'tcp' : 'tls'
  return servers.map(({ host, port }) => `1 sip:${host}:${port};transport=${transport} 0 0\n`).join('')
}

function configurationOf(plan: KamailioPlan): string {
  const { host, port, domain, folder, servers } = plan
  const isOurs = servers.map((server) => `$si=="${server.host}"`).join(' || ')
  const values: Readonly<Record<string, string>> = {
    HOST: host,
    PORT: String(port),
    TLS_PORT: String(plan.tlsPort),
    TRANSPORT: plan.tlsPort === undefined ? 'tcp' : 'tls',
    DOMAIN: domain,
    FOLDER: folder,
    FROM_PF: isOurs,
  }
  const isSecure = plan.tlsPort !== undefined
  const text = [HEAD, ...(isSecure ? [TLS_LISTENER] : []), PROXY_MODULES, REGISTRAR_MODULES, ROUTES].join('\n')
  return text.replace(/@([A-Z_]+)@/g, (whole, name: string) => values[name] ?? whole)
}

const HEAD = `#!KAMAILIO
# The SIP/IP core in front of cpm-xdms, for Kamailio 5.6 and later. Debian: kamailio kamailio-sqlite-modules kamailio-presence-modules
# kamailio-xml-modules kamailio-extra-modules kamailio-utils-modules sqlite3
# Once:   for t in standard presence auth_db; do sqlite3 @FOLDER@/core.db < /usr/share/kamailio/db_sqlite/$t-create.sql; done
#         for t in standard usrloc; do sqlite3 @FOLDER@/location.db < /usr/share/kamailio/db_sqlite/$t-create.sql; done
#         and the lines of the participating functions in @FOLDER@/servers.list, one each: 1 sip:HOST:PORT;transport=@TRANSPORT@ 0 0
# Run:    kamailio -DD -E -f THIS -P @FOLDER@/pid -Y @FOLDER@ -m 256 -M 8
# Users:  sqlite3 @FOLDER@/core.db "insert into subscriber (username, domain, password) values ('alice', '@DOMAIN@', 'secret')"
# Without passwords, so for tests only: -A WITHOUT_PASSWORDS
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=4
tcp_connection_lifetime=3605
tcp_crlf_ping=yes
# Frames of MSRP have no Content-Length; this core is their relay, too.
tcp_accept_no_cl=yes
auto_aliases=no
server_header="Server: core"
user_agent_header="User-Agent: core"
alias="@DOMAIN@"
listen=udp:@HOST@:@PORT@
listen=tcp:@HOST@:@PORT@
`

const TLS_LISTENER = `
# TLS with the participating functions, on both sides (Debian: kamailio-tls-modules); devices may use it, too.
# Once:   server.pem, server.key and ca.pem in @FOLDER@, and in @FOLDER@/tls.cfg what \`cpm-xdms print kamailio-tls\` prints.
enable_tls=yes
listen=tls:@HOST@:@TLS_PORT@
loadmodule "tls.so"
modparam("tls", "config", "@FOLDER@/tls.cfg")
`

/** Devices show no certificate, they have passwords. A participating function that we connect to must. */
const TLS = `[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = @FOLDER@/server.key
certificate = @FOLDER@/server.pem
ca_list = @FOLDER@/ca.pem

[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = @FOLDER@/server.key
certificate = @FOLDER@/server.pem
ca_list = @FOLDER@/ca.pem
`
