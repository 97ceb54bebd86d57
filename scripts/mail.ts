// npm run mail: how mail stands. npm run mail -- stop | go | pause P/W | resume P/W | confirm: holds it, or lets it go.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const DOES = ['status', 'stop', 'go', 'pause', 'resume', 'confirm']
const { positionals } = orRefuse(() => parseArgs({ options: {}, allowPositionals: true }))
const [wanted = 'status', wave] = positionals
if (!DOES.includes(wanted) || positionals.length > 2)
  refuse('npm run mail -- [status | stop | go | pause PROGRAMME/WAVE | resume PROGRAMME/WAVE | confirm]')
sayResult(await runAtTerminal('mail', { do: wanted, wave }))
