/** What comes before the tests, side by side, as each of them has one core busy: the build, the types, the lint. */
import { spawn } from 'node:child_process'

const run = (script) =>
  new Promise((resolve) => {
    spawn('npm', ['run', '-s', script], { stdio: 'inherit', shell: process.platform === 'win32' }).on('close', resolve)
  })

const codes = await Promise.all(['build', 'typecheck', 'lint'].map(run))
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
