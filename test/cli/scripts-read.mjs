// For `--import`: writes into the file that SCRIPTS_READ names which scripts Node has read, one URL a line, when it ends.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

const urls = []
const session = new Session()
session.connect()
session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url))
session.post('Debugger.enable')
process.on('exit', () => writeFileSync(process.env.SCRIPTS_READ, urls.join('\n')))
