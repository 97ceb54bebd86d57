// npm run research-role -- ROLE: lets a role of the PostgreSQL server read publications and nothing else.
import '../service/platform/node-version.ts'
import { parseArgs } from 'node:util'
import { runAtTerminal, sayResult } from '../service/command-line.ts'
import { orRefuse, refuse } from '../service/process.ts'

const { positionals } = orRefuse(() => parseArgs({ allowPositionals: true }))
const [role] = positionals
if (!role || positionals.length > 1) refuse('Which role? npm run research-role -- retour_research')
sayResult(await runAtTerminal('research-role', { role }))
