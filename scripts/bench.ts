// npm run bench [-- answering waves mail]: what the service's work costs, each part beside a bare measure of the same
// machine in the same run. Read the ratios: the machine's own speed drifts.
import '../service/platform/node-version.ts'
import { startPostgres } from '../service/platform/testing-server.ts'
import { refuse } from '../service/process.ts'
import { benchAnswering } from './bench-answering.ts'
import { benchImpact } from './bench-impact.ts'
import { benchMail } from './bench-mail.ts'
import { benchWaves } from './bench-waves.ts'

const PARTS = { answering: benchAnswering, waves: benchWaves, mail: benchMail, impact: benchImpact }
const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name)

const names = process.argv.slice(2)
const unknown = names.filter((name) => !isPart(name))
if (unknown.length > 0) refuse(`There is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}.`)

const given = process.env.TEST_DATABASE_URL
const server = given ? { url: given, stop: async () => {} } : await startPostgres()
try {
  for (const [name, bench] of Object.entries(PARTS))
    if (names.length === 0 || names.includes(name)) await bench(server.url)
} finally {
  await server.stop()
}
