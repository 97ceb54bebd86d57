// Whole cohorts for npm run bench and npm run attack, put into the database as if their waves had been answered: people
// with every fact that figures are split by, and answers somebody else makes up.
import { randomUUID } from 'node:crypto'
import type { Answers } from '../service/instruments/answers.ts'
import type { Db } from '../service/platform/database.ts'
import type { Schema } from '../service/platform/schema.ts'
import { rowId } from '../service/platform/secrets.ts'
import type { Deps } from '../service/waves/deps.ts'

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export type Draw = () => number
export function drawing(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Odds = Record<string, number>
function oneOf(draw: Draw, odds: Odds): string {
  let left = draw() * Object.values(odds).reduce((sum, odd) => sum + odd, 0)
  for (const [outcome, odd] of Object.entries(odds)) {
    left -= odd
    if (left < 0) return outcome
  }
  return Object.keys(odds).at(-1)!
}

/** How often each fact is had, after the register of a first phase. */
const ODDS = {
  dispositif: { SCI: 60, VSI: 34, VEC: 4, VIE: 2 },
  direction: { ENVOI: 64, RECIP: 36 },
  gender: { F: 58, M: 40, X: 1, NR: 1 },
  authorityType: { COMMUNE: 38, EPCI: 18, DEPT: 20, REGION: 16, PNR: 5, ASSO_CT: 3 },
  authorityFirstTime: { INTL: 30, VOL: 32, NO: 30, UNK: 8 },
  channel: { OPERATOR: 40, MISSION_LOCALE: 20, OSIM: 15, EDUCATION: 12, EMPLOYER: 6, UNK: 7 },
  cicid: {
    'CICID23-02': 14,
    'CICID23-03': 24,
    'CICID23-04': 12,
    'CICID23-05': 10,
    'CICID23-07': 12,
    'CICID23-08': 10,
    'CICID23-09': 10,
    'CICID23-10': 8,
  },
  country: {
    SN: 14,
    TG: 9,
    BJ: 9,
    CI: 7,
    BF: 5,
    MG: 9,
    MU: 4,
    KE: 4,
    CM: 5,
    MA: 7,
    TN: 6,
    KH: 5,
    VN: 4,
    IN: 3,
    CO: 4,
    BR: 3,
    HT: 3,
    RS: 2,
    GE: 2,
  },
  months: { 5: 6, 6: 14, 7: 8, 8: 14, 10: 16, 11: 10, 12: 20, 15: 4, 18: 5, 26: 3 },
}

export type Person = Record<Exclude<keyof typeof ODDS, 'months' | 'country'>, string> & {
  age: number
  months: number
  country: string
  key: Uint8Array
}

/** People whose facts depend on the seed alone; `key` stands for chance, and so does what comes of it. */
export function peopleOf(seed: number, count: number): Person[] {
  const draw = drawing(seed)
  return Array.from({ length: count }, () => ({
    dispositif: oneOf(draw, ODDS.dispositif),
    direction: oneOf(draw, ODDS.direction),
    gender: oneOf(draw, ODDS.gender),
    authorityType: oneOf(draw, ODDS.authorityType),
    authorityFirstTime: oneOf(draw, ODDS.authorityFirstTime),
    channel: oneOf(draw, ODDS.channel),
    cicid: oneOf(draw, ODDS.cicid),
    country: oneOf(draw, ODDS.country),
    months: Number(oneOf(draw, ODDS.months)),
    age: 18 + Math.floor(14 * draw() ** 1.3),
    key: Uint8Array.from({ length: 16 }, () => Math.floor(256 * draw())),
  }))
}

export type Unit = {
  programme: string
  cohort: string
  people: readonly Person[]
  /** What somebody answered to the whole questionnaire of a wave, or null for whoever did not. */
  waves: Record<string, (person: Person, place: number) => Answers | null>
}

const DEPARTED = Temporal.PlainDate.from('2024-09-02')
const OPENED = Temporal.PlainDate.from('2026-01-12')
const CLOSED = Temporal.PlainDate.from('2026-03-09')
const at = (date: Temporal.PlainDate) => date.toZonedDateTime('UTC').toInstant()
const BATCH = 500

/** Stores a unit: its members, and a case and perhaps a response for each wave named; every field period is over. */
export async function addUnit({ db, bank, plans }: Pick<Deps, 'db' | 'bank' | 'plans'>, unit: Unit): Promise<void> {
  const cohortId = rowId()
  await db
    .insertInto('fieldwork.cohort')
    .values({ id: cohortId, programme: unit.programme, slug: unit.cohort })
    .execute()
  const plan = [...plans.values()][0]!
  for (let start = 0; start < unit.people.length; start += BATCH) {
    const people = unit.people.slice(start, start + BATCH).map((person, place) => ({
      person,
      place: start + place,
      memberId: rowId(),
      pseudonym: randomUUID(),
    }))
    await insert(
      db,
      'identity.panel_member',
      people.map(({ memberId, place }) => ({
        id: memberId,
        programme: unit.programme,
        matricule: `${unit.cohort}-${place}`,
        given_name: 'Ana',
        family_name: 'Ndiaye',
        email: null,
        email_secondary: null,
        phone: null,
        language: 'fr',
        time_zone: 'Europe/Paris',
        opted_out_at: null,
        created_at: at(DEPARTED),
      })),
    )
    await insert(
      db,
      'link.pseudonym',
      people.map(({ memberId, pseudonym, person }) => ({
        member_id: memberId,
        pseudonym,
        record_key: person.key,
      })),
    )
    await insert(
      db,
      'fieldwork.mission',
      people.map(({ memberId, person }) => ({
        member_id: memberId,
        cohort_id: cohortId,
        dispositif: person.dispositif,
        direction: person.direction,
        gender: person.gender,
        birth_year: DEPARTED.year - person.age,
        authority: 'Ville',
        authority_siren: '212345678',
        authority_type: person.authorityType,
        authority_first_time: person.authorityFirstTime,
        operator_code: 'FV',
        operator: 'FV',
        country_mission: person.direction === 'ENVOI' ? person.country : 'FR',
        country_origin: person.direction === 'ENVOI' ? 'FR' : person.country,
        cicid: person.cicid,
        channel: person.channel,
        departed_on: DEPARTED,
        planned_return_on: DEPARTED.add({ months: person.months }).subtract({ days: 1 }),
        returned_on: DEPARTED.add({ months: person.months }).subtract({ days: 1 }),
        plan_stale: false,
      })),
    )
    for (const [wave, answersOf] of Object.entries(unit.waves)) {
      const given = people.map(({ person, place }) => answersOf(person, place))
      await insert(
        db,
        'fieldwork.case',
        people.map(({ memberId }, place) => ({
          id: rowId(),
          member_id: memberId,
          cohort_id: cohortId,
          wave,
          opens_on: OPENED,
          closes_on: CLOSED,
          planned_at: at(DEPARTED),
          opens_at: at(OPENED),
          closes_at: at(CLOSED),
          next_contact_at: null,
          because: given[place] ? 'answered' : 'field period over',
          started_on: given[place] ? OPENED : null,
          submitted_on: given[place] ? OPENED : null,
        })),
      )
      const instrument = bank.instruments.get(plan.waves.find((one) => one.wave === wave)!.instrument)!
      await insert(
        db,
        'answers.response',
        people.flatMap(({ pseudonym }, place) => {
          const answers = given[place]
          if (!answers) return []
          return {
            id: randomUUID(),
            pseudonym,
            wave,
            instrument: instrument.instrument,
            instrument_version: instrument.version,
            language: 'fr',
            answers: answers as Schema['answers.response']['answers'],
            page: 1,
            started_on: OPENED,
            submitted_on: OPENED,
          }
        }),
      )
    }
  }
  await insert(
    db,
    'fieldwork.unit',
    Object.keys(unit.waves).map((wave) => ({
      cohort_id: cohortId,
      wave,
      due_at: at(CLOSED),
      closed_at: null,
      publication_id: null,
      because: null,
    })),
  )
}

async function insert(db: Db, table: keyof Schema, rows: readonly object[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto(table)
      .values(rows as never)
      .execute()
}
