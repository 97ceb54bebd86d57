// npm run --silent lost-contacts [-- --programme P] > lost.csv: who has no address left that works, as a table.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse } from '../service/process.ts'

const options = { programme: { type: 'string' } } as const
const { values } = orRefuse(() => parseArgs({ options }))
sayResult(await runAtTerminal('lost-contacts', values))
