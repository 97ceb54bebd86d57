// The calendar of all waves of a programme.
import { programmeOf, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { brakesInForce } from '../mailings/brakes.queries.ts'
import { scopeOfEnvironment } from '../mailings/hold-mail.actions.ts'
import { dayOf } from '../platform/clock.ts'
import { sendPage } from '../platform/page.tsx'
import { type Deps, waveName } from '../waves/deps.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { CalendarPage, type ShownWave } from './calendar.pages.tsx'
import { waveCalendar } from './calendar.queries.ts'
import { causesFor, mayBeHeld, stateOf, yearsOf } from './calendar.ts'

export function calendarRoutes(deps: Deps) {
  const { db, clock } = deps
  const { routes, get } = staffRouter(deps)

  get('/staff/programmes/:programme/waves', 'see-fieldwork', async (c) => {
    const programme = programmeOf(deps, c)
    await refreshPlans(deps)
    const [rows, brakes] = [await waveCalendar(db, programme.programme), await brakesInForce(db)]
    const environment = scopeOfEnvironment(deps.environment)
    const waves = rows.map((row): ShownWave => {
      const state = stateOf(row, clock.now())
      const held = mayBeHeld(state)
        ? causesFor(brakes, { programme: programme.programme, wave: row.wave, environment })
        : []
      return { ...row, state, held, name: waveName(deps, programme.programme, row.wave) }
    })
    const years = yearsOf(rows, dayOf(clock.now()))
    return sendPage(c, <CalendarPage visitor={visitorOf(c)} programme={programme} waves={waves} years={years} />)
  })

  return routes
}
