/** `print`: files for the programs around this server, made from its settings. */
import { parseArgs } from 'node:util'
import { readSettings, sipSettings } from '../config.ts'
import { kamailioFiles } from '../sip/kamailio.ts'
import { CommandFault } from './fault.ts'
import type { Terminal } from './terminal.ts'

export async function print(words: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: 'string', default: '/var/lib/kamailio' } },
  })
  if (positionals.length !== 1 || positionals[0] !== 'kamailio')
    throw new CommandFault('`cpm-xdms print kamailio` is all that there is to print.', 2)
  const sip = sipSettings(readSettings())
  if (sip === undefined)
    throw new CommandFault(
      'Set XDMS_SIP_CORE, such as sip:127.0.0.1:5060;transport=tcp: where Kamailio is to listen.',
      1,
    )
  const { core, domain, host, port } = sip
  const plan = { host: core.host, port: core.port, domain, servers: [{ host, port }], folder: values.folder }
  terminal.say(kamailioFiles(plan).configuration)
  return 0
}
