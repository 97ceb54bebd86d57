// The research side as a process of its own: it connects as a role that may read `publish` and nothing else, to the
// database or to a hot standby of it, and writes nothing there.
import './platform/node-version.ts'
import { once } from 'node:events'
import { listen } from './listen.ts'
import { systemClock } from './platform/clock.ts'
import { openServer } from './platform/database.ts'
import { openLog } from './platform/logging.ts'
import { refuse, researchConfigOrRefuse } from './process.ts'
import { openLibrary } from './publications/library.queries.ts'
import { readableBeyondPublish } from './publications/research-role.queries.ts'
import { createResearchApp } from './research-app.ts'

const config = researchConfigOrRefuse()
const log = openLog(config.logLevel)
const { db, close } = openServer(config.databaseUrl)
const tooMuch = await readableBeyondPublish(db).catch(() => null)
if (tooMuch === null) refuse('The database at DATABASE_URL cannot be reached or does not let us in.')
if (tooMuch.length > 0)
  refuse(
    `The role in DATABASE_URL can reach more than publications: ${tooMuch.join(', ')}. Give it the schema publish only.`,
  )

const state = { draining: false }
const app = createResearchApp(
  {
    db,
    log,
    clock: systemClock,
    library: openLibrary(db),
    baseUrl: config.baseUrl,
    perMinute: config.apiPerMinute,
    queryLog: config.queryLog,
  },
  { isReady: () => true, isDraining: () => state.draining },
)
const server = await listen(app.fetch, config)
console.log(`Publications are served at ${config.baseUrl}`)

const stop = async () => {
  if (state.draining) process.exit(1)
  state.draining = true
  server.close()
  server.closeIdleConnections()
  await once(server, 'close')
  await close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
