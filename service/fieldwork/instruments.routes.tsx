// The questionnaires of a programme, read by whoever works on them: as volunteers see them, and version beside version.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { itemsIndicated } from '../instruments/indicator.ts'
import { type Bank, type Instrument, itemsScored } from '../instruments/instrument.ts'
import { dayOf } from '../platform/clock.ts'
import { fail } from '../platform/http.tsx'
import { isLanguage } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { StoredVersion } from '../publications/say-versions.ts'
import { asksAny, judge } from '../publications/versions.ts'
import { type Deps, planOf } from '../waves/deps.ts'
import { asAskedIn } from './instrument-reading.ts'
import {
  ComparePage,
  InstrumentPage,
  InstrumentsPage,
  type Judged,
  type ListedVersion,
  OneVersionPage,
} from './instruments.pages.tsx'
import { storedVersionsOf } from './instruments.queries.ts'
import { compareItemwise } from './item-changes.ts'

const PATH = '/staff/programmes/:programme/instruments'

export function instrumentRoutes(deps: Deps) {
  const { db, clock, bank } = deps
  const { routes, get } = staffRouter(deps)

  get(PATH, 'see-instruments', async (c) => {
    const { visitor, programme, plan } = look(c)
    const byName = Map.groupBy(plan.waves, ({ instrument }) => instrument)
    const stored = await storedVersionsOf(db, [...byName.keys()])
    const instruments = [...byName].map(([name, waves]) => ({
      name,
      waves: waves.map((wave) => wave.name),
      current: bank.instruments.get(name),
      versions: versionsIn(stored, name).map(listed),
    }))
    return sendPage(c, <InstrumentsPage visitor={visitor} programme={programme} instruments={instruments} />)
  })

  get(`${PATH}/:instrument`, 'see-instruments', async (c) => {
    const { visitor, programme, wave, first } = look(c)
    if (!wave) return fail(c, 404, visitor.language)
    const stored = await storedVersionsOf(db, [wave.instrument, ...(first ? [first.instrument] : [])])
    const versions = versionsIn(stored, wave.instrument)
    const current = bank.instruments.get(wave.instrument)?.version
    const asked = c.req.query('version')
    const chosen = asked === undefined ? currentOf(versions, current) : versionOf(versions, asked)
    const page = c.req.query('page')
    const number = page === undefined ? null : Number(page)
    if (!chosen || (number !== null && !chosen.content.pages[number - 1])) return fail(c, 404, visitor.language)
    const language = c.req.query('lang')
    const isBaseline = wave.instrument === first?.instrument
    const props = {
      visitor,
      programme,
      instrument: chosen.content,
      fitted: asAskedIn(chosen.content, wave, dayOf(clock.now())),
      page: number,
      language: isLanguage(language) ? language : visitor.language,
      versions: versions.map(listed),
      current,
      baseline: isBaseline || !first ? undefined : versionsIn(stored, first.instrument).at(-1)?.content,
    }
    return sendPage(c, <InstrumentPage {...props} />)
  })

  get(`${PATH}/:instrument/compare`, 'see-instruments', async (c) => {
    const { visitor, programme, plan, wave } = look(c)
    const other = c.req.query('with') ?? wave?.instrument
    const otherWave = plan.waves.find(({ instrument }) => instrument === other)
    if (!wave || !otherWave) return fail(c, 404, visitor.language)
    const stored = await storedVersionsOf(db, [wave.instrument, otherWave.instrument])
    const [from, to] = [otherWave, wave].map(({ instrument }) => versionsIn(stored, instrument))
    const { from: wantedFrom, to: wantedTo } = c.req.query()
    const isAlone = to!.length === 1 && otherWave.instrument === wave.instrument && !wantedFrom && !wantedTo
    if (isAlone) return sendPage(c, <OneVersionPage visitor={visitor} programme={programme} name={wave.instrument} />)
    const after = wantedTo ? versionOf(to!, wantedTo) : to!.at(-1)
    const before = wantedFrom ? versionOf(from!, wantedFrom) : from!.findLast((one) => one !== after)
    if (!before || !after) return fail(c, 404, visitor.language)
    const props = {
      visitor,
      programme,
      before: before.content,
      after: after.content,
      compared: compareItemwise(before.content, after.content),
      judged: judgeAll(bank, before.content, after.content),
      from: from!.map(listed),
      to: to!.map(listed),
    }
    return sendPage(c, <ComparePage {...props} />)
  })

  /** The programme of an address, its plan, the wave that first asks the instrument of the address, and the baseline's. */
  function look(c: Context<StaffWeb>) {
    const programme = programmeOf(deps, c)
    const plan = planOf(deps, programme.programme)
    const wave = plan.waves.find(({ instrument }) => instrument === c.req.param('instrument'))
    const first = plan.waves.find(({ wave }) => wave === plan.baseline)
    return { visitor: visitorOf(c), programme, plan, wave, first }
  }

  return routes
}

const versionsIn = (stored: readonly StoredVersion[], name: string): StoredVersion[] =>
  stored.filter(({ content }) => content.instrument === name)

const versionOf = (versions: readonly StoredVersion[], asked: string): StoredVersion | undefined =>
  versions.find(({ content }) => String(content.version) === asked)

/** The version that is asked now, or the last there was. */
const currentOf = (versions: readonly StoredVersion[], current: number | undefined): StoredVersion | undefined =>
  versions.find(({ content }) => content.version === current) ?? versions.at(-1)

const listed = ({ content: { instrument, version }, hash, fieldedOn }: StoredVersion): ListedVersion => ({
  instrument,
  version,
  hash,
  fieldedOn,
})

/** Every measure and indicator that both versions ask something of, and one of them all: whether a change can be computed. */
function judgeAll({ measures, indicators }: Bank, before: Instrument, after: Instrument): Judged[] {
  const made = [
    ...measures.map((measure) => ({ label: measure.label, items: itemsScored(measure) })),
    ...indicators.map((indicator) => ({ label: indicator.label, items: itemsIndicated(indicator) })),
  ]
  const versions = [before, after]
  return made
    .filter(({ items }) => versions.every((version) => asksAny(version, items)))
    .filter(({ items }) => versions.some((version) => items.every((item) => asksAny(version, [item]))))
    .map(({ label, items }) => ({ label, verdict: judge(items, [[before, after]]) }))
}
