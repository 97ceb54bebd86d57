// Every address of the staff's console, behind its one door.
import { Hono } from 'hono'
import { staffDoor } from './access/guard.routes.tsx'
import { peopleRoutes } from './access/people.routes.tsx'
import { signInRoutes } from './access/sign-in.routes.tsx'
import { calendarRoutes } from './fieldwork/calendar.routes.tsx'
import { homeRoutes } from './fieldwork/home.routes.tsx'
import { instrumentRoutes } from './fieldwork/instruments.routes.tsx'
import { journalRoutes } from './fieldwork/journal.routes.tsx'
import { lostRoutes } from './fieldwork/lost.routes.tsx'
import { mailRoutes } from './fieldwork/mail.routes.tsx'
import { mailsRoutes } from './fieldwork/mails.routes.tsx'
import { memberRoutes } from './fieldwork/members.routes.tsx'
import { planRoutes } from './fieldwork/plan.routes.tsx'
import { registerRoutes } from './fieldwork/register.routes.tsx'
import { reportRoutes } from './fieldwork/report.routes.tsx'
import { textRoutes } from './fieldwork/texts.routes.tsx'
import { waveRoutes } from './fieldwork/wave.routes.tsx'
import type { Web } from './platform/http.tsx'
import type { Deps } from './waves/deps.ts'

/** Where a register is sent in, which is larger than any form. */
export const REGISTER_FILES = /^\/staff\/programmes\/[^/]+\/register\/send$/

export function staffRoutes(deps: Deps): Hono<Web> {
  const app = new Hono<Web>()
  app.route('/', staffDoor(deps))
  app.route('/', signInRoutes(deps))
  app.route('/', homeRoutes(deps))
  app.route('/', reportRoutes(deps))
  app.route('/', registerRoutes(deps))
  app.route('/', memberRoutes(deps))
  app.route('/', lostRoutes(deps))
  app.route('/', calendarRoutes(deps))
  app.route('/', planRoutes(deps))
  app.route('/', mailsRoutes(deps))
  app.route('/', waveRoutes(deps))
  app.route('/', mailRoutes(deps))
  app.route('/', textRoutes(deps))
  app.route('/', instrumentRoutes(deps))
  app.route('/', journalRoutes(deps))
  app.route('/', peopleRoutes(deps))
  return app
}
