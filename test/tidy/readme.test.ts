import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SETTINGS } from '../../src/settings.ts'
import { rowsBelow } from './tables.ts'
import { ROOT } from './tree.ts'

it('api §Settings: the configuration table is the one in the code', () => {
  const inCode = Object.entries(SETTINGS).map(([name, setting]) => [
    `\`${name}\``,
    setting.default === undefined ? '' : `\`${setting.default}\``,
    setting.says,
  ])
  expect(rowsBelow(readFileSync(`${ROOT}src/cli/README.md`, 'utf8'), 'Configuration')).toEqual(inCode)
})
