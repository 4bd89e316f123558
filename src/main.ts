#!/usr/bin/env node
/** The program: `cpm-xdms serve | user | export | import | demo | help | version`. */
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { run } from './cli/run.ts'
import { boundHeap } from './heap.ts'

// What Node has compiled once it need not compile again (from 22.8 on). Beside the program, where only its owner
// writes: in a folder for all, anybody could lay down what is run here. Where that is not we, nothing is kept.
const sinceNode22 = module as Partial<Pick<typeof module, 'enableCompileCache'>>
sinceNode22.enableCompileCache?.(fileURLToPath(new URL('../.cache', import.meta.url)))

boundHeap()

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
