// A small cohort lived through, with everything counted by hand; and that nobody's answers show in any of it.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerTo, Behaviour } from '../demonstration/behaviour.ts'
import type { Answer } from '../instruments/answers.ts'
import { itemsOf } from '../instruments/instrument.ts'
import { stopMail } from '../mailings/stop-mail.actions.ts'
import { recordBounce } from '../mailings/take-report.actions.ts'
import { drawChart } from '../platform/chart.ts'
import { demonstrationClock } from '../platform/clock.ts'
import { LANGUAGES, wordsIn } from '../platform/i18n.ts'
import { sha256 } from '../platform/secrets.ts'
import { ENGINES, type Engine } from '../platform/testing.ts'
import { deriveLinkToken } from '../platform/tokens.ts'
import { readYaml } from '../platform/yaml.ts'
import { answerWave, casesIn, enrolCohort, instrumentOf } from '../publications/testing.ts'
import { findAsked } from '../responses/find-asked.actions.ts'
import { savePageOfCase } from '../responses/save-page.actions.ts'
import { answerPages, type Fields, inviteAgain, W1 } from '../responses/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { type Fieldwork, readFieldwork, readOverview } from './monitoring.actions.ts'
import { FieldworkReport, OverviewTable } from './monitoring.pages.tsx'
import { FIELDWORK_CHARTS, fieldworkChart, sayChart } from './monitoring-charts.ts'
import { FIELDWORK_TABLES, fieldworkCsv, overviewCsv } from './monitoring-csv.ts'

/** What answers somebody gives: nothing else differs between the two. */
type Variant = { pages: readonly Fields[]; stopsAfter: number; seed: string }

const CANARY = 'canari-7391'
const ONE: Variant = { pages: W1, stopsAfter: 2, seed: 'one' }
/** Answers as far from those as they can be, and a break-off at another page and with other pages behind it. */
const OTHER: Variant = {
  pages: [
    { ACT_NOW: '1' },
    { 'ACT_CAL.1.state': 'E', JOB_CONTRACT: '1' },
    { SAT_GLOB: '0', SAT_GRID_PREP: '5', SAT_GRID_TUTOR: '5', SAT_GRID_TASKS: '5', SAT_GRID_SAFETY: '5', NPS_REC: '0' },
    { LINK_FREQ: '1', TER_ACT: ['2'], RECIP: '1', LANG_LVL: 'declined' },
    {
      CMP_ADAPT: '1',
      CMP_DIVERS: '1',
      CMP_PROJECT: '1',
      CMP_SOLVE: '1',
      CMP_SPEAK: '1',
      CMP_PLAN_R: '1',
      CMP_THEN: '10',
    },
    { OUV_CONTEXT: '1', OUV_SAME_R: '1', OUV_NEWS: '1', OUV_LINK: '1', OUV_BELONG: '1' },
    { LIFE_SAT: '0', RET_BACK: '1', RET_GAP_R: '5', RET_TALK: '1', RET_USE_R: '5' },
    { BIRTH_Y: '1999', GENDER: '2', MOB_PRIOR: '1', OPEN_IMP: CANARY },
  ],
  stopsAfter: 7,
  seed: 'other',
}

const matricule = (number: number) => `TEVO1-${String(number).padStart(4, '0')}`
const at = (text: string) => Temporal.Instant.from(text)
const behaviour = readYaml('surveys/demonstration/behaviour.yaml', Behaviour)

/**
 * Twelve volunteers and two to compare them with, whose w1 opens on 15 October 2026 and closes on 26 November, and one of
 * another cohort who comes back later. The twelfth has no address; seven have a telephone.
 */
async function enrolEverybody(service: TestService): Promise<void> {
  const volunteers = Array.from({ length: 12 }, (_, place) => ({
    matricule: matricule(place + 1),
    courriel: place === 11 ? '' : `v${place + 1}@example.org`,
    ...(place < 7 && { telephone: '+221770000001' }),
  }))
  const compared = [13, 14].map((number) => ({
    matricule: matricule(number),
    courriel: `v${number}@example.org`,
    bras: 'CMP',
  }))
  const later = { date_depart: '2026-06-01', date_retour_prevue: '2026-12-15', date_retour_effective: '' }
  await enrol(service, [...volunteers, ...compared, { matricule: 'TEVO2-0001', courriel: 'z@example.org', ...later }])
}

async function memberOf({ db }: TestService, number: number): Promise<string> {
  const found = db.selectFrom('identity.panel_member').where('matricule', '=', matricule(number)).select('id')
  return (await found.executeTakeFirstOrThrow()).id
}

/** The service does what is due; then what happens to people that day happens. */
async function tickAt(service: TestService, day: string, happens: () => Promise<unknown> = async () => {}) {
  service.clock.jumpTo(at(`${day}T10:05:00Z`))
  await tick(service)
  service.clock.jumpTo(at(`${day}T15:00:00Z`))
  await happens()
}

/** Lives from the beginning of October to the day before w1 closes; says how many had stopped within a week, and after it. */
async function liveThroughW1(service: TestService, { pages, stopsAfter }: Variant): Promise<number[]> {
  const stopped: number[] = []
  const lookWhoStopped = async () => stopped.push((await fieldworkOf(service, 'w1')).stopped.all)
  const answer = async (number: number, now: string, upTo?: number) => {
    const memberId = await memberOf(service, number)
    const volunteer = await inviteAgain(service, memberId, { now, wave: 'w1' })
    // Whoever answers in November is asked about a month more.
    const months = now > '2026-11' ? { 'ACT_CAL.1.from': '2026-09', 'ACT_CAL.1.to': '2026-10' } : {}
    const asked = pages.map((fields) => ('ACT_CAL.1.state' in fields ? { ...fields, ...months } : fields))
    return answerPages(await volunteer.open(), upTo, asked)
  }
  await enrolEverybody(service)
  await tickAt(service, '2026-10-15', async () => {
    await answer(1, '2026-10-15T14:00:00Z')
    await answer(2, '2026-10-15T14:30:00Z', stopsAfter)
  })
  await tickAt(service, '2026-10-16', async () => {
    const subject = { purpose: 'stop', subjectId: await memberOf(service, 10), generation: 1 } as const
    expect(await stopMail(service, deriveLinkToken(service.config.keys.link, subject))).toBe(true)
    const lost = await service.db
      .selectFrom('fieldwork.mailing')
      .where('member_id', '=', await memberOf(service, 11))
      .select('id')
      .executeTakeFirstOrThrow()
    const bounce = { kind: 'hard', status: '5.1.1', source: 'webhook', report: 'one' } as const
    expect(await recordBounce(service, { mailingId: lost.id, ...bounce })).toMatchObject({ did: 'lost contact' })
  })
  await tickAt(service, '2026-10-17')
  await tickAt(service, '2026-10-19', () => answer(3, '2026-10-19T14:00:00Z'))
  await tickAt(service, '2026-10-20', () => answer(13, '2026-10-20T14:00:00Z'))
  service.clock.jumpTo(at('2026-10-21T12:00:00Z'))
  await lookWhoStopped()
  service.clock.jumpTo(at('2026-10-22T12:00:00Z'))
  await lookWhoStopped()
  await tickAt(service, '2026-10-26')
  await tickAt(service, '2026-10-27', () => answer(4, '2026-10-27T14:00:00Z'))
  await tickAt(service, '2026-11-05')
  await tickAt(service, '2026-11-23')
  await tickAt(service, '2026-11-24', () => answer(8, '2026-11-24T14:00:00Z'))
  service.clock.jumpTo(at('2026-11-25T12:00:00Z'))
  return stopped
}

/** w1 is closed; of w2, which opens on 15 March 2027, the first volunteer and the sixth send answers. */
async function liveThroughW2(service: TestService, { seed }: Variant): Promise<void> {
  await tickAt(service, '2026-11-27')
  await tickAt(service, '2027-03-15')
  await tickAt(service, '2027-03-20', async () => {
    for (const number of [1, 6]) await answerByChance(service, number, 'w2', seed)
  })
}

async function answerByChance(service: TestService, number: number, wave: string, seed: string): Promise<void> {
  const chance = (about: string) => new DataView(sha256(`${seed}|${about}`).buffer.slice(0)).getUint32(0) / 2 ** 32
  const { id } = await service.db
    .selectFrom('fieldwork.case')
    .where('member_id', '=', await memberOf(service, number))
    .where('wave', '=', wave)
    .select('id')
    .executeTakeFirstOrThrow()
  const asked = await findAsked(service, id)
  const pages = asked!.instrument!.pages.length
  for (let page = 1; page <= pages; page++) {
    const about = { matricule: matricule(number), wave, measures: service.bank.measures }
    const soFar = (await findAsked(service, id))!.found.answers ?? {}
    await savePageOfCase(service, {
      caseId: id,
      page,
      language: undefined,
      go: 'next',
      given: (item) => answerTo({ item, answers: soFar, ...about }, behaviour, chance),
      seen: () => true,
    })
  }
}

async function fieldworkOf(service: TestService, wave: string, cohort?: string): Promise<Fieldwork> {
  const outcome = await readFieldwork(service, { programme: 'tevo', wave, cohort })
  if (!outcome.ok) throw new Error(outcome.because)
  return outcome.fieldwork
}

/** Everything that is made of a wave: the value, pages, pictures and files, in both languages. */
async function everythingOf(fieldwork: Fieldwork): Promise<string[]> {
  const said = LANGUAGES.map(async (language) => {
    const t = wordsIn(language)
    const page = (
      <FieldworkReport
        language={language}
        fieldwork={fieldwork}
        chart={(chart) => `/${chart}.svg`}
        csv={(table) => `/${table}.csv`}
        publication={(id) => `/impact/${id}`}
      />
    )
    const charts = FIELDWORK_CHARTS.map(async (chart) => {
      const spec = fieldworkChart(chart, fieldwork, language, t)
      return [sayChart(chart, fieldwork, language, t), spec ? await drawChart(spec) : 'none']
    })
    return [page.toString(), ...(await Promise.all(charts)).flat()]
  })
  return [
    JSON.stringify(fieldwork),
    ...FIELDWORK_TABLES.map((table) => fieldworkCsv(table, fieldwork)),
    ...(await Promise.all(said)).flat(),
  ]
}

/** The same of all waves and cohorts. */
async function overviewOf(service: TestService): Promise<string[]> {
  const rows = await readOverview(service, 'tevo')
  const tables = LANGUAGES.map((language) => (
    <OverviewTable
      language={language}
      rows={rows}
      address={({ wave, cohort }) => `/${wave}/${cohort}`}
      csv="/all.csv"
    />
  ))
  return [JSON.stringify(rows), overviewCsv('tevo', rows), ...tables.map(String)]
}

const day = (text: string) => Temporal.PlainDate.from(text)
const points = ({ days }: Pick<Fieldwork, 'days'>) =>
  days
    .filter(({ submitted }) => submitted > 0)
    .map(({ day, submitted, cumulated, share }) => [day, submitted, cumulated, share])

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let inW1: Fieldwork
  let stopped: number[]
  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-01T12:00:00Z')
    stopped = await liveThroughW1(service, ONE)
    inW1 = await fieldworkOf(service, 'w1', 'phase-1')
  })
  afterAll(() => service.close())

  describe('on the day before a wave closes', () => {
    test('everybody is where they are in the flow', () => {
      expect(inW1).toMatchObject({
        ...{ programme: 'tevo', wave: 'w1', cohort: 'phase-1', state: 'open', publication: null },
        ...{ opensOn: day('2026-10-15'), closesOn: day('2026-11-26'), asOf: day('2026-11-25') },
      })
      expect(inW1.flow).toEqual({
        ...{ eligible: 12, opened: 12, over: 0, overSubmitted: 0 },
        // All but the twelfth; nothing reached the eleventh.
        ...{ invited: 11, delivered: 10, bounced: 1 },
        // The second has not finished.
        ...{ started: 5, unfinished: 1, submitted: 4 },
        ...{ optedOut: 1, refused: 1, noAddress: 1, enrolledLate: 0 },
        ...{ silent: 6, silentUnverified: 0, twoChannels: 7 },
      })
      expect(inW1.compared).toMatchObject({ eligible: 2, invited: 2, submitted: 1 })
    })

    test('the rates are of the twelve whose questionnaire has opened', () => {
      // The second has stopped and the tenth refused; six are silent.
      expect(inW1.dispositions).toEqual({ I: 4, P: 0, R: 2, NC: 6, O: 0, UH: 0, UO: 0, NE: 0 })
      expect(inW1.rates).toEqual({ rr1: 4 / 12, rr2: 4 / 12, rr5: 4 / 12, rr6: 4 / 12 })
      expect(inW1.partialWithheld).toBe(true)
    })

    test('days are counted from the opening', () => {
      expect(points(inW1)).toEqual([
        [0, 1, 1, expect.closeTo(1 / 12, 12)],
        [4, 1, 2, expect.closeTo(2 / 12, 12)],
        [12, 1, 3, expect.closeTo(3 / 12, 12)],
        [40, 1, 4, expect.closeTo(4 / 12, 12)],
      ])
      expect(inW1.days.at(-1)).toEqual({ day: 41, submitted: 0, cumulated: 4, share: expect.closeTo(4 / 12, 12) })
    })

    test('answers are put down to the last message before them', () => {
      expect(inW1.messages).toEqual([
        { kind: 'invitation', number: 1, sent: 11, answered: 1 },
        // To whoever has begun, instead of the first reminder.
        { kind: 'resume', number: 1, sent: 1, answered: 0 },
        // Third to ninth; then the second again, without the third, and so on.
        { kind: 'reminder', number: 1, sent: 7, answered: 1 },
        { kind: 'reminder', number: 2, sent: 7, answered: 1 },
        { kind: 'reminder', number: 3, sent: 6, answered: 0 },
        { kind: 'lastCall', number: 1, sent: 6, answered: 1 },
      ])
    })

    test('whoever stopped is counted, and where they stopped is not told of so few', () => {
      const { pages, ...counts } = inW1.stopped
      expect(counts).toEqual({ all: 1, counted: 0 })
      expect(pages.map(({ people }) => people)).toEqual(Array.from({ length: 8 }, () => null))
    })

    test('whoever began counts as having stopped a week later', () => {
      expect(stopped).toEqual([0, 1])
    })

    test('the gates that can say anything do', () => {
      expect(inW1.gates.map(({ gate, verdict, figure }) => [gate, verdict, figure])).toEqual([
        ['response', 'too few', undefined],
        ['bounces', 'look', { share: 1 / 11 }],
        ['breakOff', 'too few', undefined],
        ['segments', 'too few', undefined],
        ['channels', 'fine', { share: 7 / 12 }],
        ['unanswered', 'too few', undefined],
        ['sameAnswers', 'too few', undefined],
        ['calendarEdits', 'too few', undefined],
      ])
    })

    test('all cohorts together have the one more who is not asked yet', async () => {
      const all = await fieldworkOf(service, 'w1')
      expect(all).toMatchObject({ cohort: null, state: 'open', flow: { eligible: 13, opened: 12, submitted: 4 } })
      expect(all.rates).toEqual(inW1.rates)
    })

    test('the overview has each wave of each cohort in a line', async () => {
      const rows = await readOverview(service, 'tevo')
      const line = (wave: string, cohort: string) => rows.find((row) => row.wave === wave && row.cohort === cohort)
      expect(rows.map(({ wave, cohort }) => `${wave} ${cohort}`)).toEqual(
        ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'].flatMap((wave) => [`${wave} phase-1`, `${wave} phase-2`]),
      )
      expect(line('w1', 'phase-1')).toEqual({
        ...{ wave: 'w1', name: inW1.waveName, cohort: 'phase-1', state: 'open', publication: null },
        ...{ opensOn: day('2026-10-15'), closesOn: day('2026-11-26') },
        ...{ eligible: 12, opened: 12, invited: 11, submitted: 4, rr2: 4 / 12 },
      })
      expect(line('w1', 'phase-2')).toMatchObject({ state: 'not open yet', eligible: 1, opened: 0, rr2: null })
      expect(line('w0', 'phase-1')).toMatchObject({ state: 'closed', invited: 0, rr2: 0 })
    })

    test('what nobody knows is unknown, and a wave without anybody is empty', async () => {
      const read = (some: object) => readFieldwork(service, { programme: 'tevo', wave: 'w1', ...some })
      expect(await read({ programme: 'nowhere' })).toEqual({ ok: false, because: 'unknown' })
      expect(await read({ wave: 'w99' })).toEqual({ ok: false, because: 'unknown' })
      expect(await read({ cohort: 'phase-9' })).toEqual({ ok: false, because: 'unknown' })
      expect(await readOverview(service, 'nowhere')).toEqual([])
    })

    test('every picture can be drawn, and every file has its rows', async () => {
      const [, ...made] = await everythingOf(inW1)
      expect(made.filter((one) => one.startsWith('<svg'))).toHaveLength(2 * FIELDWORK_CHARTS.length)
      expect(made.some((one) => one.includes('undefined') || one.includes('NaN'))).toBe(false)
      expect(fieldworkCsv('messages', inW1).split('\r\n').slice(0, 2)).toEqual([
        'programme;wave;cohort;as_of;kind;number;sent;answered',
        'tevo;w1;phase-1;2026-11-25;invitation;1;11;1',
      ])
      expect(fieldworkCsv('gates', inW1)).toContain('bounces;look;0.090909;;;;0.05')
    })

    test('a spreadsheet takes nothing in a file for a formula', () => {
      const label = { fr: '=1+1', en: '@SUM(A1)' }
      const row = { category: '-x', label, eligible: 10, submitted: 2, rate: 0.2, points: -13.5 }
      const segments = [{ dimension: 'gender', label, rows: [row] }]
      expect(fieldworkCsv('segments', { ...inW1, segments })).toContain("gender;'-x;'=1+1;'@SUM(A1);10;2;0.2;-13.5")
    })
  })

  describe('at the next wave', () => {
    let inW2: Fieldwork
    beforeAll(async () => {
      await liveThroughW2(service, ONE)
      inW2 = await fieldworkOf(service, 'w2', 'phase-1')
    })

    test('the wave before is closed, and its break-offs and response can be judged', async () => {
      const closed = await fieldworkOf(service, 'w1', 'phase-1')
      expect(closed).toMatchObject({ state: 'closed', publication: null, flow: { over: 12, overSubmitted: 4 } })
      expect(closed.gates[0]).toEqual({ gate: 'response', verdict: 'look', figure: { share: 4 / 12 }, limit: 0.6 })
    })

    test('some have stayed, and addresses that failed are not written to again', () => {
      expect(inW2.flow).toMatchObject({
        eligible: 12,
        invited: 9,
        delivered: 9,
        submitted: 2,
        noAddress: 2,
        optedOut: 1,
      })
      // Four answered w1; of them the first is here again.
      expect(
        inW2.retention.map(({ since, wave, before, still, share }) => [since, wave, before, still, share]),
      ).toEqual([
        ['first', 'w1', 4, 1, 0.25],
        ['previous', 'w1', 4, 1, 0.25],
      ])
      expect(inW2.bounces.map(({ wave, invited, bounced }) => [wave, invited, bounced])).toEqual([
        ['w1', 11, 1],
        ['w2', 9, 0],
      ])
    })

    test('the curve stands beside that of the wave before', () => {
      expect(points(inW2)).toEqual([[5, 2, 2, expect.closeTo(2 / 12, 12)]])
      expect(inW2.previous).toMatchObject({ wave: 'w1' })
      expect(points(inW2.previous!).map(([day]) => day)).toEqual([0, 4, 12, 40])
      expect(sayChart('days', inW2, 'en', wordsIn('en'))).toBe(
        'By day 5 after the opening, 17% have answered, against 17% at the wave before (“A month after return”).',
      )
    })
  })

  test('other answers make nothing different: not the value, a page, a picture or a file', async () => {
    const other = await openTestService(engine, '2026-10-01T12:00:00Z')
    try {
      await liveThroughW1(other, OTHER)
      const answersOf = ({ db }: TestService) =>
        db.selectFrom('answers.response').where('wave', '=', 'w1').select('answers').execute()
      const [mine, theirs] = [await answersOf(service), await answersOf(other)].map((rows) => JSON.stringify(rows))
      expect([mine!.includes(CANARY), theirs!.includes(CANARY)]).toEqual([false, true])
      expect(await everythingOf(await fieldworkOf(other, 'w1', 'phase-1'))).toEqual(await everythingOf(inW1))

      await liveThroughW2(other, OTHER)
      for (const [wave, cohort] of [['w1', 'phase-1'], ['w1'], ['w2', 'phase-1'], ['w2']] as const)
        expect(await everythingOf(await fieldworkOf(other, wave, cohort))).toEqual(
          await everythingOf(await fieldworkOf(service, wave, cohort)),
        )
      expect(await overviewOf(other)).toEqual(await overviewOf(service))
    } finally {
      await other.close()
    }
  }, 60_000)
})

/** Everybody's answer to every rated item of w1 is the same, and everything else declined. */
async function answerAlike(service: TestService, answered: readonly string[]): Promise<void> {
  const answers = Object.fromEntries(
    itemsOf(instrumentOf(service, 'w1')).map((item): [string, Answer] => [item.item, item.type === 'likert' ? 4 : -3]),
  )
  await service.db
    .updateTable('answers.response')
    .set({ answers: sql`${answers}::jsonb` })
    .where('pseudonym', 'in', answered)
    .execute()
}

describe.each(ENGINES)('of a cohort large enough, on %s', (engine: Engine) => {
  let service: TestService
  const read = () => fieldworkOf(service, 'w1', 'large')
  const gate = ({ gates }: Fieldwork, name: string) => gates.find((one) => one.gate === name)
  const answerOn = async (day: string, who: (place: number) => 'complete' | 'partial' | null) => {
    service.clock = demonstrationClock(at(`${day}T12:00:00Z`))
    await answerWave(service, 'large', 'w1', who)
  }
  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-01T12:00:00Z')
    await enrolCohort(service, 'large', 120)
    await answerOn('2026-10-20', (place) => (place < 60 ? 'complete' : null))
  })
  afterAll(() => service.close())

  test('nothing is told of answers on the day they come in', async () => {
    const { flow, gates } = await read()
    expect(flow.submitted).toBe(60)
    expect(gates.slice(-3).map(({ verdict }) => verdict)).toEqual(['too few', 'too few', 'too few'])
  })

  test('what comes of answers is told in twentieths', async () => {
    service.clock = demonstrationClock(at('2026-10-21T12:00:00Z'))
    expect(gate(await read(), 'sameAnswers')).toMatchObject({ verdict: 'fine', figure: { atMost: 0.05 } })
    expect(gate(await read(), 'calendarEdits')).toMatchObject({ verdict: 'too few' })
    const cases = await casesIn(service, 'large', 'w1')
    await answerAlike(service, cases.map(({ pseudonym }) => pseudonym).slice(0, 60))
    const alike = await read()
    expect(gate(alike, 'sameAnswers')).toMatchObject({ verdict: 'look', figure: { atLeast: 0.95 } })
    expect(gate(alike, 'unanswered')).toMatchObject({ verdict: 'look', figure: { atLeast: 0.95 } })
  })

  test('nine more change nothing of it, whatever they say, and nothing but those gates knows what anybody said', async () => {
    const before = await read()
    await answerOn('2026-10-21', (place) => (place >= 60 && place < 69 ? 'complete' : null))
    service.clock = demonstrationClock(at('2026-10-22T12:00:00Z'))
    const after = await read()
    expect(after.flow.submitted).toBe(69)
    for (const name of ['unanswered', 'sameAnswers', 'calendarEdits'])
      expect(gate(after, name)).toEqual(gate(before, name))

    const cases = await casesIn(service, 'large', 'w1')
    const last = cases.map(({ pseudonym }) => pseudonym).slice(60, 69)
    await answerAlike(service, last)
    expect(await everythingOf(await read())).toEqual(await everythingOf(after))
  })

  test('whose field period is empty is not asked in that wave, and does not count in it', async () => {
    const eligible = async () => (await fieldworkOf(service, 'w2', 'large')).flow.eligible
    expect(await eligible()).toBe(120)
    const [merged] = await casesIn(service, 'large', 'w2')
    await service.db
      .updateTable('fieldwork.case')
      .set({ closes_on: merged!.opens_on })
      .where('id', '=', merged!.id)
      .execute()
    expect(await eligible()).toBe(119)
  })

  test('segments are the register’s, and who has answered', async () => {
    const { segments } = await read()
    const dispositif = segments.find(({ dimension }) => dimension === 'dispositif')!
    // Of five, two are SCI, two VSI and one of another scheme; whoever has a place under 69 has answered.
    expect(dispositif.rows.map(({ category, eligible, submitted }) => [category, eligible, submitted])).toEqual([
      ['SCI', 48, 28],
      ['VSI', 48, 28],
      ['OTHER', 24, 13],
    ])
  })

  test('those half through count as partial once they have stopped, at least so many, and their page is not told', async () => {
    await answerOn('2026-10-22', (place) => (place >= 69 && place < 109 ? 'partial' : null))
    const begun = (await casesIn(service, 'large', 'w1')).slice(69, 109).map(({ id }) => id)
    await service.db
      .updateTable('fieldwork.case')
      .set({ started_on: day('2026-10-22') })
      .where('id', 'in', begun)
      .execute()
    expect(await read()).toMatchObject({ stopped: { all: 0 }, dispositions: { P: 0, R: 40 }, partialWithheld: true })

    service.clock = demonstrationClock(at('2026-10-29T12:00:00Z'))
    const { stopped, dispositions, rates, partialWithheld } = await read()
    expect(stopped).toMatchObject({ all: 40, counted: 40 })
    expect(stopped.pages.map(({ people }) => people)).toEqual(Array.from({ length: 8 }, () => null))
    expect(Math.abs(dispositions.P - 37)).toBeLessThanOrEqual(2)
    expect(dispositions).toMatchObject({ I: 69, R: 40 - dispositions.P, NC: 11 })
    expect(rates).toMatchObject({ rr1: 69 / 120, rr2: (69 + dispositions.P) / 120 })
    expect(partialWithheld).toBe(false)
    const [line] = (await readOverview(service, 'tevo')).filter(({ wave }) => wave === 'w1')
    expect(line).toMatchObject({ submitted: 69, rr2: rates.rr2 })
  })
})
