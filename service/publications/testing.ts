// What tests of publications share: cohorts as large as they like, and answers that are the same on every run.
import { type Answer, applies, questionsOf } from '../instruments/answers.ts'
import type { Instrument, Question } from '../instruments/instrument.ts'
import { importRegister } from '../panel/import-register.actions.ts'
import { dayOf, demonstrationClock } from '../platform/clock.ts'
import { randomId } from '../platform/secrets.ts'
import { registerOf, type TestService } from '../testing.ts'
import { planOf } from '../waves/deps.ts'
import { findWave } from '../waves/plan.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { closeWave } from './close-wave.actions.ts'

export type Cells = Parameters<typeof registerOf>[0][number]

/** The facts of somebody's mission, as varied as a cohort's are; their dates are Ana's. */
const mission = (place: number): Cells => ({
  genre: ['F', 'M', 'F', 'M', 'F', 'X', 'NR'][place % 7]!,
  annee_naissance: String(1994 + (place % 14)),
  dispositif: ['SCI', 'VSI', 'SCI', 'VSI', 'VEC'][place % 5]!,
  direction: place % 3 === 0 ? 'RECIP' : 'ENVOI',
  collectivite_type: ['COMMUNE', 'REGION', 'DEPT', 'EPCI'][place % 4]!,
  collectivite_premiere_fois: ['INTL', 'VOL', 'NO'][place % 3]!,
})

/** Imports so many members of a cohort and plans their waves. */
export async function enrolCohort(
  service: TestService,
  cohort: string,
  members: number,
  more: (place: number) => Cells = () => ({}),
): Promise<void> {
  const rows = Array.from({ length: members }, (_, place) => ({
    matricule: `${cohort.toUpperCase()}-${String(place).padStart(4, '0')}`,
    courriel: `${cohort}-${place}@example.org`,
    ...mission(place),
    ...more(place),
  }))
  const outcome = await importRegister(service, { bytes: registerOf(rows), programme: 'tevo', cohort, actor: 'test' })
  if (!outcome.ok || outcome.refused.length > 0) throw new Error(`the register was refused: ${JSON.stringify(outcome)}`)
  while (await planNextMembers(service)) {}
}

/** How far somebody gets in a questionnaire: to its end, through some of its core items, or its first page. */
export type Response = 'complete' | 'partial' | 'break-off'

/** Answers that depend on the place in the cohort and the wave, and on nothing else. */
export function answersOf(
  instrument: Instrument,
  wave: string,
  place: number,
  how: Response = 'complete',
): Record<string, Answer> {
  const answers: Record<string, Answer> = {}
  const spread = (step: number, range: number) => (place * 7 + step * 3 + ((place * step) % 11)) % range
  const questions = questionsOf(instrument)
  for (const [step, item] of questions.entries()) {
    const missing = spread(step, 29)
    if (!applies(item, answers)) answers[item.item] = -1
    else if (!item.routing && missing === 0) answers[item.item] = -3
    else if (!item.routing && !item.core && missing === 1) answers[item.item] = -4
    else if (item.dontKnow && missing < 4) answers[item.item] = -2
    else answers[item.item] = answerTo(item, (range) => spread(step, range), { wave, place })
  }
  if (how === 'complete') return answers
  const core = questions.filter((item) => item.core && applies(item, answers))
  const kept =
    how === 'partial'
      ? core.slice(0, Math.ceil(0.6 * core.length)).map(({ item }) => item)
      : instrument.pages[0]!.items.map(({ item }) => item)
  return Object.fromEntries(Object.entries(answers).filter(([item]) => kept.includes(item)))
}

/** How many months of a calendar each wave fills, from that of Ana's return on. */
const MONTHS: Record<string, number> = { w1: 1, w2: 6, w3: 12, w4: 24, w5: 36 }
const FIRST_MONTH = Temporal.PlainYearMonth.from('2026-09')

function answerTo(
  item: Question,
  spread: (range: number) => number,
  { wave, place }: { wave: string; place: number },
): Answer {
  switch (item.type) {
    case 'single':
    case 'country':
      return item.options[spread(item.options.length)]!.code
    case 'multiple':
      return [item.options[spread(item.options.length)]!.code]
    case 'likert':
      return Math.min(5, 2 + spread(3) + (wave !== 'w0' && !item.reversed && place % 3 > 0 ? 1 : 0))
    case 'rating':
      return 4 + spread(7)
    case 'integer':
    case 'decimal':
    case 'year':
      return item.min + spread(item.max - item.min)
    case 'date':
      return item.min
    case 'text':
      return `said by ${place}`
    case 'calendar':
      return Array.from({ length: MONTHS[wave] ?? 1 }, (_, month) => ({
        month: FIRST_MONTH.add({ months: month }).toString(),
        state: item.states[(spread(item.states.length) + Math.floor(month / 4)) % item.states.length]!.code,
        source: 'reported',
      }))
    default:
      throw new Error('nobody here knows how to answer this type of item')
  }
}

/** The cases of a cohort in a wave, with the pseudonym each is answered under, in the order they were enrolled. */
export const casesIn = ({ db }: Pick<TestService, 'db'>, cohort: string, wave: string) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .where('cohort.slug', '=', cohort)
    .where('case.wave', '=', wave)
    .orderBy('member.matricule')
    .selectAll('case')
    .select(['link.pseudonym', 'link.record_key', 'member.matricule'])
    .execute()

/** What a wave asks by the files of surveys/. */
export const instrumentOf = (service: TestService, wave: string): Instrument =>
  service.bank.instruments.get(findWave(planOf(service, 'tevo'), wave)!.instrument)!

/** Stores the answers of a cohort to a wave: of everybody, or as `how` says for each place; to `asked` for each place. */
export async function answerWave(
  service: TestService,
  cohort: string,
  wave: string,
  how: (place: number) => Response | null = () => 'complete',
  asked: (place: number) => Instrument = () => instrumentOf(service, wave),
): Promise<void> {
  const today = dayOf(service.clock.now())
  const given = (await casesIn(service, cohort, wave)).flatMap((owed, place) => {
    const response = how(place)
    const instrument = asked(place)
    return response ? [{ owed, response, instrument, answers: answersOf(instrument, wave, place, response) }] : []
  })
  await service.db
    .insertInto('answers.response')
    .values(
      given.map(({ owed, response, instrument, answers }) => ({
        id: randomId(),
        pseudonym: owed.pseudonym,
        wave,
        instrument: instrument.instrument,
        instrument_version: instrument.version,
        language: 'fr',
        answers,
        page: 1,
        started_on: today,
        submitted_on: response === 'complete' ? today : null,
      })),
    )
    .execute()
  const ids = given.filter(({ response }) => response === 'complete').map(({ owed }) => owed.id)
  if (ids.length === 0) return
  await service.db
    .updateTable('fieldwork.case')
    .set({ submitted_on: today, next_contact_at: null, because: 'answered' })
    .where('id', 'in', ids)
    .execute()
}

/** A cohort with a comparison group, of which every kind of table is published, at four waves. */
export const FOUR_WAVES = { cohort: 'all', waves: ['w0', 'w1', 'w2', 'w3'], volunteers: 290, compared: 80 }

/** Enrols it, has fewer and fewer of it answer, and closes each wave. */
export async function publishFourWaves(service: TestService): Promise<void> {
  const { cohort, waves, volunteers, compared } = FOUR_WAVES
  await enrolCohort(service, cohort, volunteers + compared, (place) => (place < volunteers ? {} : { bras: 'CMP' }))
  for (const [late, wave] of waves.entries()) {
    await answerWave(service, cohort, wave, (place) =>
      place % 11 > late ? 'complete' : place % 11 === 0 ? 'partial' : null,
    )
    service.clock = demonstrationClock(Temporal.Instant.from('2027-11-26T12:00:00Z'))
    const closed = await closeWave(service, { programme: 'tevo', cohort, wave, actor: 'test', early: true })
    if (!closed.ok) throw new Error(`${wave} was not published: ${closed.because}`)
  }
}
