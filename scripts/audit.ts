// npm run audit -- verify [--kept N:HASH]: whether the audit trail is as it was recorded; leaves with 1 when it is not.
// npm run audit -- list [--from D] [--to D] [--actor A] [--action A] [--subject S] [--programme P] [--last N]: what is in it.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  kept: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  actor: { type: 'string' },
  action: { type: 'string' },
  subject: { type: 'string' },
  programme: { type: 'string' },
  last: { type: 'string', default: '100' },
} as const
const { values, positionals } = orRefuse(() => parseArgs({ options, allowPositionals: true }))
const { kept, last, ...filter } = values
const [wanted] = positionals
if (positionals.length !== 1 || (wanted !== 'verify' && wanted !== 'list'))
  refuse(
    'npm run audit -- verify [--kept N:HASH] | list [--from D] [--to D] [--actor A] [--action A] [--subject S] [--programme P] [--last N]',
  )
if (wanted === 'verify') sayResult(await runAtTerminal('audit', { do: wanted, kept }))
else sayResult(await runAtTerminal('audit', { do: wanted, ...filter, last: Number(last) }))
