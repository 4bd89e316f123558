/** `print NAME`: files for the programs around this server. */
import { parseArgs } from 'node:util'
import { readSettings, sipSettings } from '../../config.ts'
import { didYouMean } from '../../similar.ts'
import { kamailioFiles, kamailioPlan, type KamailioFiles } from '../../sip/kamailio.ts'
import { CommandFault } from '../fault.ts'
import type { Terminal } from '../terminal.ts'
import { bashCompletion, zshCompletion } from './completion.ts'

interface Printed {
  readonly says: string
  readonly text: (options: { readonly folder: string }) => string
}

const PRINTED: Readonly<Record<string, Printed>> = {
  'completion-bash': { says: 'completion for bash: source it', text: bashCompletion },
  'completion-zsh': { says: 'completion for zsh: a file _cpm-xdms in $fpath', text: zshCompletion },
  kamailio: {
    says: 'a SIP core before this server, from XDMS_SIP_CORE and its like',
    text: (options) => kamailio(options).configuration,
  },
  'kamailio-tls': { says: 'which certificates it shows and believes', text: (options) => kamailio(options).tls },
}

export async function print(words: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: 'string', default: '/var/lib/kamailio' } },
  })
  const [name, ...others] = positionals
  if (name === undefined) {
    for (const [each, { says }] of Object.entries(PRINTED)) terminal.say(`${each.padEnd(18)}${says}`)
    return 0
  }
  const printed = Object.hasOwn(PRINTED, name) && others.length === 0 ? PRINTED[name] : undefined
  if (printed === undefined)
    throw new CommandFault(
      `There is no "${positionals.join(' ')}" to print.${didYouMean(name, Object.keys(PRINTED))} ` +
        '`cpm-xdms print` lists what there is.',
      2,
    )
  terminal.say(printed.text(values).trimEnd())
  return 0
}

function kamailio({ folder }: { readonly folder: string }): KamailioFiles {
  const sip = sipSettings(readSettings())
  if (sip === undefined)
    throw new CommandFault(
      'Set XDMS_SIP_CORE, such as sip:127.0.0.1:5060;transport=tcp: where Kamailio is to listen.',
      1,
    )
  return kamailioFiles(kamailioPlan(sip, folder))
}
