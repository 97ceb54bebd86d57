// npm run tick: does all that is due now, once, and leaves; for those who would rather have their own cron.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse } from '../service/process.ts'

orRefuse(() => parseArgs({ options: {} }))
sayResult(await runAtTerminal('tick', {}))
