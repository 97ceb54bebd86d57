// npm run import -- FILE [--dry-run] [--programme P] [--cohort C] [--confirm CODE]: brings a programme's register in, or up to date.
import '../service/platform/node-version.ts'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  'dry-run': { type: 'boolean', default: false },
  programme: { type: 'string' },
  cohort: { type: 'string' },
  confirm: { type: 'string' },
} as const
const { values, positionals } = orRefuse(() => parseArgs({ options, allowPositionals: true }))
const [file] = positionals
if (!file || positionals.length > 1)
  refuse('Which file? npm run import -- FILE [--dry-run] [--programme P] [--cohort C] [--confirm CODE]')
const bytes = orRefuse(() => readFileSync(file))

const { 'dry-run': dryRun, programme, cohort, confirm } = values
const result = await runAtTerminal('import', { base64: bytes.toString('base64'), dryRun, programme, cohort, confirm })
if (result.refusedFile && !dryRun) {
  writeFileSync(`${file}.refused.csv`, result.refusedFile, { mode: 0o600 })
  // Before the counts, which stand last.
  result.lines.splice(-1, 0, `The refused rows are in ${file}.refused.csv: correct them there and import that file.`)
}
sayResult(result)
