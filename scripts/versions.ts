// npm run versions: every instrument version, what changed in it, and what later waves share with the baseline.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse } from '../service/process.ts'

orRefuse(() => parseArgs({ options: {} }))
sayResult(await runAtTerminal('versions', {}))
