/** `print NAME`: files for the programs around this server. */
import { parseArgs } from 'node:util'
import { readSettings, sipSettings } from '../../config.ts'
import { didYouMean } from '../../similar.ts'
import { kamailioFiles, kamailioPlan, type KamailioFiles } from '../../sip/kamailio.ts'
import { CommandFault } from '../fault.ts'
import type { Terminal } from '../terminal.ts'
import { bashCompletion, zshCompletion } from './completion.ts'
import { fail2ban, grafana, prometheusRules } from './observing.ts'
import { caddy, nginx } from './proxies.ts'
import { compose, containerfile, env, systemd } from './service.ts'

interface Printed {
  readonly says: string
  readonly text: (options: { readonly folder: string }) => string
}

const PRINTED: Readonly<Record<string, Printed>> = {
  env: { says: 'every setting with its default and reason, for --config', text: env },
  systemd: { says: 'a unit for systemd, locked up', text: systemd },
  containerfile: { says: 'an image, for podman or docker', text: containerfile },
  compose: { says: 'the same behind Caddy', text: compose },
  nginx: { says: 'nginx before it, with TLS', text: nginx },
  caddy: { says: 'Caddy before it, with TLS', text: caddy },
  'prometheus-rules': { says: 'alarms for Prometheus', text: prometheusRules },
  grafana: { says: 'a dashboard for Grafana', text: grafana },
  fail2ban: { says: 'who guesses passwords is kept out', text: fail2ban },
  'completion-bash': { says: 'completion for bash: source it', text: bashCompletion },
  'completion-zsh': { says: 'completion for zsh: source it', text: zshCompletion },
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
