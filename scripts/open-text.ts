// npm run open-text -- --programme P --wave W --cohort C --item I: what volunteers wrote about an item, a line each, once
// the wave is closed for the cohort. It takes a token of its own (--scope read-open-text) in RETOUR_TOKEN, and is recorded.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  programme: { type: 'string' },
  wave: { type: 'string' },
  cohort: { type: 'string' },
  item: { type: 'string' },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
const { programme, wave, cohort, item } = values
if (!programme || !wave || !cohort || !item)
  refuse('Of which item? npm run open-text -- --programme P --wave W --cohort C --item I')
const token = process.env.RETOUR_TOKEN?.trim() ?? ''
sayResult(await runAtTerminal('open-text', { token, programme, wave, cohort, item }))
