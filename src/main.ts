#!/usr/bin/env node
/** The program: `cpm-xdms serve | user | export | import | demo | help | version`. */
import { run } from './cli/run.ts'

// Who reads our lines may stop early (`| head`). That is no fault.
process.stdout.on('error', () => {})

const [node = 'node', main = '', ...words] = process.argv

process.exitCode = await run(words, {
  terminal: {
    input: process.stdin,
    say: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    ask: (question) => void process.stderr.write(question),
    coloured: process.stdout.isTTY === true,
    watched: process.stderr.isTTY === true,
  },
  self: [node, ...process.execArgv, main],
})
