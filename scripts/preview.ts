// npm run preview -- --member M --wave W --kind K [--number N] [--language fr|en] [--programme P] [--html FILE] [--to ME]:
// a mail as a member would get it, with links that open nothing.
import '../service/platform/node-version.ts'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { isLanguage } from '../service/platform/i18n.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  member: { type: 'string' },
  wave: { type: 'string' },
  kind: { type: 'string' },
  number: { type: 'string', default: '1' },
  language: { type: 'string' },
  programme: { type: 'string' },
  html: { type: 'string' },
  to: { type: 'string' },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
const { member, wave, kind, language, programme, html: file, to } = values
const number = Number(values.number)
if (!member || !wave || !kind)
  refuse(
    'Which mail, and whose? npm run preview -- --member MATRICULE --wave W --kind K [--number N] [--language fr|en] [--programme P] [--html FILE] [--to ADDRESS]',
  )
if (!Number.isInteger(number) || number < 1 || number > 99) refuse('--number is a whole number from 1 to 99.')
if (language !== undefined && !isLanguage(language)) refuse('--language is fr or en.')

const result = await runAtTerminal('preview', { member, wave, kind, number, language, programme, to })
const { html } = result
// It has somebody's name in it.
if (file && html) {
  orRefuse(() => writeFileSync(file, html, { mode: 0o600 }))
  result.lines.push(`The HTML is in ${file}.`)
}
sayResult(result)
