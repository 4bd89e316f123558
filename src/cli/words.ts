/**
 * Every command in words: what `help` prints of it, what completion offers, and what a mistyped word is compared with.
 */

export interface CommandWords {
  /** One word, or two: `user add`. */
  readonly name: string
  /** What stands behind it, as a person writes it down. */
  readonly takes?: string
  readonly says: string
  /** Each option, with its value where it takes one, and what it does. */
  readonly options?: Readonly<Record<string, string>>
  /** For whoever asks about this command alone. */
  readonly more?: readonly string[]
  readonly examples?: readonly string[]
}

const ROLES_TEXT = 'user, participating-function or administrator'
const PASSWORD = { '--password-stdin': 'read the password from standard input in place of asking for it' }
const LOGIN = { '--as XUI': 'who you are to that server', ...PASSWORD }

export const COMMANDS: readonly CommandWords[] = [
  {
    name: 'serve',
    says: 'serve until SIGTERM, SIGINT or SIGHUP',
    more: [
      'Where to listen and everything else is a setting: XDMS_PORT=9090 npx cpm-xdms serve.',
      'The first signal lets what runs finish; the second ends at once, with exit code 128 and its number.',
    ],
  },
  {
    name: 'user add',
    takes: 'XUI --role ROLE',
    says: `make an account; ROLE is ${ROLES_TEXT}`,
    options: { '--role ROLE': ROLES_TEXT, ...PASSWORD },
    examples: ['echo secret | npx cpm-xdms user add sip:alice@example.com --role user --password-stdin'],
  },
  { name: 'user list', says: 'print the accounts, each with its role' },
  { name: 'user password', takes: 'XUI', says: 'set another password', options: PASSWORD },
  {
    name: 'user role',
    takes: 'XUI --role ROLE',
    says: 'give an account another role',
    options: { '--role ROLE': ROLES_TEXT },
  },
  {
    name: 'user unlock',
    takes: 'XUI',
    says: 'forget his failed logins, at every server on this store',
  },
  {
    name: 'user import',
    takes: 'FILE',
    says: 'make accounts from a table: xui,role,password in each line',
    more: ['Who has an account keeps it as it is, so an import that was interrupted goes on when it is run again.'],
  },
  {
    name: 'user remove',
    takes: 'XUI --documents keep|delete',
    says: 'remove an account; what waits for it ends as failed, with reports',
    options: { '--documents keep|delete': 'what becomes of the documents' },
  },
  {
    name: 'queue list',
    says: 'what waits: id, received, from, to, and why',
    options: {
      '--from XUI': 'only from him',
      '--to XUI': 'only for him',
      '--message-id ID': 'the id that the sender gave',
      '--ended': 'also what has ended',
    },
  },
  { name: 'queue show', takes: 'ID', says: 'one message, without its body, as JSON' },
  { name: 'queue release', takes: 'ID', says: 'let it go to whoever may have it; do-not-disturb holds' },
  {
    name: 'queue drop',
    takes: 'ID --reason TEXT',
    says: 'take it away; it ends as discarded',
    options: { '--reason TEXT': 'why; kept with the message and in the trail' },
  },
  { name: 'why', takes: 'ID', says: 'why a message waits, and what would let it go' },
  {
    name: 'preferences',
    takes: 'XUI',
    says: 'what is in force for a user, and why, as JSON',
    options: { '--device DEVICE': 'for this device', '--at INSTANT': 'then, such as 2026-12-24T18:00:00+01:00' },
  },
  { name: 'policy show', says: 'the provider’s policy as it holds: field, value, and whether it is built in' },
  {
    name: 'policy set',
    takes: 'FIELD VALUE',
    says: 'change one value of the policy; everybody is looked at again',
    options: { '--built-in': 'in place of VALUE: what is built in holds again' },
    more: ['FIELD is as `policy show` prints it. VALUE is JSON, or text as it is.'],
    examples: [
      'npx cpm-xdms policy set limits.keepAtMost P14D',
      `npx cpm-xdms policy set connectivity '[{"name":"roaming","maxBytes":20000}]'`,
      'npx cpm-xdms policy set reports.failure --built-in',
    ],
  },
  {
    name: 'audit',
    says: 'who changed accounts, policy, usages and messages: time, by, from, what, whose',
    options: { '--user XUI': 'only what was done to him' },
  },
  {
    name: 'backup',
    takes: 'FILE',
    says: 'the store as one file, while the server runs; read back and checked',
    more: [
      'FILE has the hashes of all passwords in it. Interrupted, it leaves FILE.part, and begins again when run again.',
      'The default store is copied as it is; of MongoDB it is what `export` writes: stop the servers first.',
    ],
  },
  {
    name: 'restore',
    takes: 'FILE [--replace]',
    says: 'put back what `backup` or `export` wrote; the server must be stopped',
    options: { '--replace': 'where there is a store: it makes room, and is kept beside the new one' },
    more: [
      'Until everything is checked the store stays as it was. What changed since the backup is gone: whoever watches',
      'is told to begin anew (resync), and what was delivered since then is offered again under its old id.',
    ],
  },
  {
    name: 'check',
    says: 'read everything: the database, every home, document, version and message',
    more: ['Changes nothing. With damage it ends with 1, says where it is, and what to do next.'],
  },
  {
    name: 'export',
    takes: 'FILE',
    says: 'write everything that the store keeps into a file',
    more: [
      'It has the hashes of all passwords in it: keep it to yourself. Interrupted, it begins again when run again.',
    ],
  },
  {
    name: 'import',
    takes: 'FILE',
    says: 'read it into another, empty store; serve waits until it is complete',
    more: ['Interrupted, it goes on when it is run again.'],
  },
  {
    name: 'watch',
    takes: '--url URL --as XUI',
    says: 'print changes as they come, one line each',
    options: {
      '--url URL': 'the address of the server',
      ...LOGIN,
      '--user XUI': 'only what is his',
      '--what WHAT': 'a document, folder, AUID or `state`; may stand several times',
      '--after ID': 'go on behind this one',
    },
  },
  {
    name: 'participate',
    takes: '--xdms URL --as XUI',
    says: 'take messages for users whose preferences lie in the XDMS at URL',
    options: { '--xdms URL': 'the address of the XDMS', ...LOGIN },
  },
  {
    name: 'print',
    takes: 'NAME',
    says: 'print a file for the programs around this server; without a NAME, which there are',
    options: { '--folder FOLDER': 'of kamailio: where it keeps its data' },
    examples: ['. <(npx cpm-xdms print completion-bash)'],
  },
  { name: 'demo', says: 'a fresh server on a temporary folder plays a deferred message, as curl commands' },
  { name: 'help', takes: '[COMMAND]', says: 'this, or what there is to know of one command' },
  { name: 'version', says: 'the version' },
]

/** The first words, each once. */
export function firstWords(): readonly string[] {
  return [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name))]
}

/** The words that may stand behind the first one. */
export function secondWords(first: string): readonly string[] {
  return COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []))
}

/** The commands that the words name: one, or all that begin with the first. */
export function named(words: readonly string[]): readonly CommandWords[] {
  const [first = '', second = ''] = words
  const exact = COMMANDS.filter(({ name }) => name === `${first} ${second}` || name === first)
  return exact.length > 0 ? exact : COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
}

/** The options of a command, without their values. */
export function optionsOf({ options = {} }: CommandWords): readonly string[] {
  return [...Object.keys(options).map((option) => option.split(' ')[0] ?? option), '--config', '--help']
}
