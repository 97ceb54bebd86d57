// npm run token -- --name WHO [--days N] [--scope metrics | --scope read-open-text] | --list | --revoke ID: a token for the
// API, for the metrics, or for npm run open-text, shown once; all there are; one taken back.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { SCOPES } from '../service/access/create-token.actions.ts'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const options = {
  name: { type: 'string' },
  days: { type: 'string', default: '180' },
  scope: { type: 'string', default: 'research' },
  list: { type: 'boolean', default: false },
  revoke: { type: 'string' },
} as const
const { values } = orRefuse(() => parseArgs({ options }))
if (values.list) sayResult(await runAtTerminal('tokens', {}))
else if (values.revoke) sayResult(await runAtTerminal('revoke-token', { id: values.revoke }))
else {
  const days = Number(values.days)
  const scope = SCOPES.find((one) => one === values.scope)
  if (!values.name || !(days >= 1 && days <= 366))
    refuse('For whom, and for how many days (1 to 366)? npm run token -- --name WHO [--days 180]')
  if (!scope) refuse(`A token opens ${SCOPES.join(' or ')}: npm run token -- --name WHO [--scope ${SCOPES.join('|')}]`)
  sayResult(await runAtTerminal('token', { name: values.name, days, scope }))
}
