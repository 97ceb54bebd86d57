// npm run admin -- invite someone@… [--role ROLE[@PROGRAMME] …], list, roles someone@… --role …, away someone@…
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const KNOWN = ['invite', 'list', 'roles', 'away']
const options = { role: { type: 'string', multiple: true } } as const
const { values, positionals } = orRefuse(() => parseArgs({ options, allowPositionals: true }))
const [wanted = 'list', email] = positionals
if (!KNOWN.includes(wanted)) refuse(`npm run admin -- ${KNOWN.join(', ')}`)
sayResult(await runAtTerminal('admin', { do: wanted, email, roles: values.role ?? [] }))
