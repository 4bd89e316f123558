/**
 * A process of its own that brings the file in FOLDER to the present shape, and dies in front of its statement number
 * N: `migrating.ts FOLDER N`.
 */
import { join } from 'node:path'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { migrate } from '../../src/store/sqlite/migrations.ts'

const [folder = '', last = '0'] = process.argv.slice(2)
const database = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
let count = 0
function exec(sql: string): void {
  count += 1
  if (count === Number(last)) process.kill(process.pid, 'SIGKILL')
  database.exec(sql)
}
migrate({ exec, prepare: (sql) => database.prepare(sql), close: () => database.close() }, 0)
