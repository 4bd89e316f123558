// What the lanes of `.ci/run` came to: node .ci/outcome.mjs DIRECTORY. Each lane leaves NAME.lane when it begins, NAME.json, and
// NAME.again.json if files of it failed and ran once more by themselves. The names alone of the files that failed in one run:
// node .ci/outcome.mjs --failed FILE.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const readResults = (file) => JSON.parse(readFileSync(file, 'utf8'))
const failedFiles = ({ testResults }) =>
  [...new Set(testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative('', name)))]

/** The failures of a run: which test of which file, and the first line of why. */
function failures({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const where = relative('', name)
    const broken = assertionResults.filter((one) => one.status === 'failed')
    if (status === 'failed' && broken.length === 0) return [{ test: `${where}: could not be run`, why: firstLine(message) }]
    return broken.map((one) => ({ test: `${where}: ${one.title}`, why: firstLine(one.failureMessages[0]) }))
  })
}

function firstLine(text) {
  return stripVTControlCharacters(text ?? '').split('\n')[0].slice(0, 300)
}

const [what, file] = process.argv.slice(2)
if (what === '--failed') {
  console.log(failedFiles(readResults(file)).join('\n'))
} else {
  let passed = 0
  const failed = []
  const onlyOnce = []
  for (const name of readdirSync(what).filter((one) => /^\w+\.lane$/.test(one)).map((one) => one.slice(0, -'.lane'.length))) {
    const [first, again] = [`${what}/${name}.json`, `${what}/${name}.again.json`]
    if (!existsSync(first)) {
      failed.push({ test: `the lane ${name}`, why: 'the tests did not run to their end' })
      continue
    }
    const results = readResults(first)
    passed += results.numPassedTests
    if (!existsSync(again)) {
      failed.push(...failures(results))
      continue
    }
    const broken = failures(readResults(again))
    failed.push(...broken)
    const still = new Set(broken.map(({ test }) => test))
    const mended = failures(results).filter(({ test }) => !still.has(test))
    onlyOnce.push(...mended)
    passed += mended.length
  }
  if (onlyOnce.length > 0) {
    console.log('\nFAILED ONCE, and passed when their files ran again by themselves. Each of these wants looking after:')
    for (const { test, why } of onlyOnce) console.log(`  ${test}: ${why}`)
  }
  if (failed.length > 0) {
    console.log('\nFAILED:')
    for (const { test, why } of failed) console.log(`  ${test}: ${why}`)
  }
  console.log(`\n${passed} passed, ${failed.length} failed, ${onlyOnce.length} failed once`)
  process.exit(failed.length > 0 ? 1 : 0)
}
