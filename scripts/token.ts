// npm run token -- --name WHO [--days N]: a researcher's token, shown once.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = { name: { type: 'string' }, days: { type: 'string', default: '180' } } as const
const { values } = orRefuse(() => parseArgs({ options }))
if (!values.name) refuse('For whom? npm run token -- --name WHO [--days 180]')
sayResult(await runAtTerminal('token', { name: values.name, days: Number(values.days) }))
