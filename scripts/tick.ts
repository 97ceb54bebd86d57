// npm run tick: does all that is due now, once, and leaves; for those who would rather have their own cron.
import '../service/platform/node-version.ts'
import { runAtTerminal, sayResult } from '../service/command-line.ts'

sayResult(await runAtTerminal('tick', {}))
