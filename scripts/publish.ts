// npm run publish -- --programme P --wave W --cohort C [--early | --provisional]: closes a wave for a cohort
// and publishes it, or releases its figures so far.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  programme: { type: 'string' },
  wave: { type: 'string' },
  cohort: { type: 'string' },
  early: { type: 'boolean', default: false },
  provisional: { type: 'boolean', default: false },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
const { programme, wave, cohort, early, provisional } = values
if (!programme || !wave || !cohort)
  refuse('Which unit? npm run publish -- --programme P --wave W --cohort C [--early | --provisional]')
if (early && provisional) refuse('--early closes the wave, --provisional leaves it open: say which')
sayResult(await runAtTerminal('publish', { programme, wave, cohort, early, provisional }))
