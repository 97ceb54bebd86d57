// npm run plan -- [--from D] [--to D] [--programme P] [--wave W] [--csv]: every mail of these months, and why not.
// npm run plan -- --publish [--confirm CODE]: puts the plans of surveys/waves in force, once it is confirmed what moves.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  programme: { type: 'string' },
  wave: { type: 'string' },
  csv: { type: 'boolean', default: false },
  publish: { type: 'boolean', default: false },
  confirm: { type: 'string' },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
const { publish, confirm, ...list } = values
if (confirm !== undefined && !publish) refuse('--confirm goes with --publish.')
sayResult(await (publish ? runAtTerminal('publish-plan', { confirm }) : runAtTerminal('plan', list)))
