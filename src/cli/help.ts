/** What `help` prints, whole or for one command. */
import { readFileSync } from 'node:fs'

export const USAGE = `cpm-xdms: preferences of messaging users over XCAP and REST, and messages that wait until they may arrive

  cpm-xdms serve                        serve until SIGTERM, SIGINT or SIGHUP
  cpm-xdms user add XUI --role ROLE     make an account; ROLE is user, participating-function or administrator
  cpm-xdms user list                    print the accounts
  cpm-xdms user password XUI            set another password
  cpm-xdms user remove XUI --documents keep|delete
                                        remove an account; what waits for it ends as failed, with reports
  cpm-xdms export FILE                  write everything that the store keeps into a file
  cpm-xdms import FILE                  read it into another, empty store; serve waits until it is complete
  cpm-xdms watch --url URL --as XUI [--user XUI] [--what DOCUMENT|FOLDER|AUID|state]... [--after ID]
                                        print changes as they come, one line each
  cpm-xdms participate --xdms URL --as XUI
                                        take messages for users whose preferences lie in the XDMS at URL
  cpm-xdms print kamailio               a configuration for the SIP core, from XDMS_SIP_CORE and its like
  cpm-xdms demo                         a fresh server on a temporary folder plays a deferred message, as curl commands
  cpm-xdms help                         this
  cpm-xdms version                      the version

XUI is like sip:alice@example.com. A password is asked for; with --password-stdin it is read from standard input.
The user commands and export work while a server runs. An export or import that was interrupted begins again when
it is run again. What export writes has the hashes of all passwords in it: keep it to yourself.
Settings come from the environment, for all commands alike; src/cli/README.md has their table. XDMS_DATA, the folder of the
store, is ./data unless you say otherwise.`

export function version(): string {
  const described = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return described.version
}
