// npm run token -- --name WHO [--days N]: a researcher's token, shown once.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = { name: { type: 'string' }, days: { type: 'string', default: '180' } } as const
const { values } = orRefuse(() => parseArgs({ options }))
const days = Number(values.days)
if (!values.name || !(days >= 1 && days <= 366))
  refuse('For whom, and for how many days (1 to 366)? npm run token -- --name WHO [--days 180]')
sayResult(await runAtTerminal('token', { name: values.name, days }))
