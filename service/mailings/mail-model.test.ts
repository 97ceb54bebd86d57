// Whatever happens, and in whatever order, what is promised of mail holds: random histories of a few members, told to the
// real actions on a real database and compared with a model that knows only what was acknowledged. `RUNS` says how many.
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { extendCases } from '../fieldwork/extend-cases.actions.ts'
import { sendNow } from '../fieldwork/send-now.actions.ts'
import { dayOf, demonstrationClock, isBefore } from '../platform/clock.ts'
import { sweep } from '../platform/database.ts'
import type { Message, SendOutcome } from '../platform/mailer.ts'
import { randomId } from '../platform/secrets.ts'
import { emptyTrail } from '../platform/testing-audit.ts'
import { savePage } from '../responses/responses.queries.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { holdMail, releaseMail } from './hold-mail.actions.ts'
import { sendNextMailing } from './send-mailing.actions.ts'
import { stopMail } from './stop-mail.actions.ts'

const RUNS = Number(process.env.RUNS ?? 60)
const LONGEST = 60
/** Nobody else does it on an embedded database, and dead rows make it slow. */
const SWEPT_EVERY = 10
const START = '2026-10-14T06:00:00Z'
const ZONES = ['Africa/Dakar', 'Pacific/Tahiti'] as const
const WAVES = ['w1', 'w2'] as const

let service: TestService
let members: { id: string; pseudonym: string; timeZone: string }[]

beforeAll(async () => {
  service = await openTestService('PGlite', START)
  const plan = service.plans.get('standard')!
  const waves = plan.waves.filter(({ wave }) => (WAVES as readonly string[]).includes(wave))
  service.plans.set('standard', { ...plan, baseline: 'w1', waves })
  await enrol(
    service,
    ZONES.map((fuseau_horaire, index) => ({
      matricule: `TEVO1-${index}`,
      courriel: `v${index}@example.org`,
      courriel_secondaire: index === 0 ? 'second@example.org' : '',
      fuseau_horaire,
    })),
  )
  members = (
    await service.db
      .selectFrom('identity.panel_member as member')
      .innerJoin('link.pseudonym as link', 'link.member_id', 'member.id')
      .select(['member.id', 'link.pseudonym', 'member.time_zone'])
      .orderBy('member.matricule')
      .execute()
  ).map(({ id, pseudonym, time_zone }) => ({ id, pseudonym, timeZone: time_zone }))
  await sql`create table public.first_cases as select * from fieldwork.case`.execute(service.db)
  await sql`create table public.first_missions as select * from fieldwork.mission`.execute(service.db)
})
afterAll(() => service.close())

const EMPTIED = [
  'fieldwork.bounce',
  'fieldwork.mailing',
  'fieldwork.brake',
  'answers.response',
  'identity.stopped_address',
  'fieldwork.case',
  'fieldwork.mission',
]

/** As at the beginning: nobody has been written to, nobody has answered. */
async function beginAgain(): Promise<void> {
  const { db } = service
  for (const table of EMPTIED) await sql`delete from ${sql.table(table)}`.execute(db)
  await emptyTrail(db)
  await sql`insert into fieldwork.mission select * from public.first_missions`.execute(db)
  await sql`insert into fieldwork.case select * from public.first_cases`.execute(db)
  await sql`update identity.panel_member set opted_out_at = null, email_failed_at = null, email_secondary_failed_at = null`.execute(
    db,
  )
  await sql`update fieldwork.sender set rests = 0, resting_until = null`.execute(db)
  service.clock = demonstrationClock(Temporal.Instant.from(START))
}

/** One message as the mail server saw it begin; `taken` when it has it. Of one that met no server, nothing was seen. */
type Attempt = {
  message: Message
  at: Temporal.Instant
  taken: boolean
  unseen: boolean
  settle(outcome: SendOutcome | 'dies'): void
}

/** What was acknowledged, and what the mail server saw. */
type World = {
  attempts: Attempt[]
  flying: { attempt: Attempt; done: Promise<void> }[]
  optedOutAt: Map<string, Temporal.Instant>
  answeredAt: Map<string, Temporal.Instant>
  /** How often a message may have been taken once more than anybody could know. */
  excuses: number
}

const newWorld = (): World => ({ attempts: [], flying: [], optedOutAt: new Map(), answeredAt: new Map(), excuses: 0 })

const FAILURES: Record<string, SendOutcome> = {
  '4xx': { ok: false, because: 'later', code: '450' },
  '5xx': { ok: false, because: 'refused', code: '550 5.1.1' },
  full: { ok: false, because: 'full', code: '552 5.2.2' },
  down: { ok: false, because: 'down', code: 'ECONNREFUSED' },
  cut: { ok: false, because: 'unknown', code: 'ECONNRESET' },
}

const decideAll = async () => {
  while (await decideNextContacts(service)) {}
}

const mailerOf = (world: World, answer: (attempt: Attempt) => void) => ({
  close: () => {},
  send: (message: Message) =>
    new Promise<SendOutcome>((resolve, reject) => {
      const attempt: Attempt = {
        message,
        at: service.clock.now(),
        taken: false,
        unseen: false,
        settle: (outcome) => {
          attempt.unseen = outcome === FAILURES.down
          if (outcome === 'dies') reject(new Error('the process died'))
          else resolve(outcome)
        },
      }
      world.attempts.push(attempt)
      answer(attempt)
    }),
})

/** All that is due now goes out, each with the same outcome. */
async function sendAll(world: World, outcome: SendOutcome | 'taken'): Promise<void> {
  const answer = (attempt: Attempt) => {
    attempt.taken = outcome === 'taken'
    attempt.settle(outcome === 'taken' ? { ok: true } : outcome)
  }
  const deps = { ...service, mailer: mailerOf(world, answer) }
  for (let count = 0; count < 50 && (await sendNextMailing(deps)); count++) {}
}

/** One message is begun, and no answer has come yet. */
async function beginOne(world: World): Promise<void> {
  const begun = Promise.withResolvers<Attempt | null>()
  const deps = { ...service, mailer: mailerOf(world, begun.resolve) }
  const done = sendNextMailing(deps).then(
    () => begun.resolve(null),
    () => begun.resolve(null),
  )
  const attempt = await begun.promise
  if (attempt) world.flying.push({ attempt, done })
}

/** The message that has been on its way longest comes to an end. */
async function landOne(world: World, outcome: string): Promise<void> {
  const next = world.flying.shift()
  if (!next) return
  const { attempt, done } = next
  attempt.taken = ['taken', 'dies after', 'cut'].includes(outcome)
  const wasTakenOver = !isBefore(service.clock.now(), attempt.at.add({ milliseconds: service.config.mail.lease }))
  // Another sender had it by then, or this one died, or does not know: one more may follow.
  if (attempt.taken && (outcome !== 'taken' || wasTakenOver)) world.excuses++
  attempt.settle(outcome === 'taken' ? { ok: true } : outcome.startsWith('dies') ? 'dies' : FAILURES[outcome]!)
  await done
}

async function answerCase(world: World, { id, pseudonym }: (typeof members)[number], wave: string): Promise<void> {
  const { db, clock, bank } = service
  const found = await db
    .selectFrom('fieldwork.case')
    .where('member_id', '=', id)
    .where('wave', '=', wave)
    .select(['id', 'opens_at', 'closes_at'])
    .executeTakeFirst()
  const now = clock.now()
  if (!found || isBefore(now, found.opens_at) || !isBefore(now, found.closes_at)) return
  const { instrument, version } = bank.instruments.get(wave)!
  const save = { caseId: found.id, receipt: randomId(), pseudonym, wave, instrument, version, language: 'fr' }
  const rest = { soFar: {}, changes: {}, page: 1, now, today: dayOf(now), submit: true }
  const saved = await savePage(db, { ...save, ...rest })
  if (saved && !world.answeredAt.has(found.id)) world.answeredAt.set(found.id, now)
}

async function beginToAnswer({ id }: (typeof members)[number]): Promise<void> {
  const now = service.clock.now()
  await service.db
    .updateTable('fieldwork.case')
    .set({ started_on: dayOf(now) })
    .where('member_id', '=', id)
    .where('opens_at', '<=', now)
    .where('closes_at', '>', now)
    .where('started_on', 'is', null)
    .execute()
}

async function moveReturn({ id }: (typeof members)[number], days: number): Promise<void> {
  await service.db
    .updateTable('fieldwork.mission')
    .set({ returned_on: Temporal.PlainDate.from('2026-09-15').add({ days }), plan_stale: true })
    .where('member_id', '=', id)
    .execute()
  while (await planNextMembers(service)) {}
}

// ---------------------------------------------------------------- what must hold

const memberOf = new Map<string, (typeof members)[number]>()

/** Each promise, after each step. */
async function check(world: World): Promise<void> {
  const { db, clock } = service
  const mailings = await db.selectFrom('fieldwork.mailing').selectAll().execute()
  const cases = new Map((await db.selectFrom('fieldwork.case').selectAll().execute()).map((one) => [one.id, one]))
  const byId = new Map(
    mailings.map((mailing) => [`<${mailing.id}.${mailing.kind}.${mailing.number}@retour.example>`, mailing]),
  )
  for (const { id, pseudonym, timeZone } of members) memberOf.set(id, { id, pseudonym, timeZone })

  // I3: one response a case at most.
  const responses = await db.selectFrom('answers.response').select(['pseudonym', 'wave']).execute()
  expect(new Set(responses.map(({ pseudonym, wave }) => `${pseudonym} ${wave}`)).size).toBe(responses.length)

  // I5: one message is one Message-ID, and it goes out again only where nobody could know.
  const taken = world.attempts.filter(({ taken }) => taken)
  const copies = taken.length - new Set(taken.map(({ message }) => message.messageId)).size
  expect(copies).toBeLessThanOrEqual(world.excuses)
  const contacts = mailings.map(({ case_id, kind, number }) => `${case_id} ${kind} ${number}`)
  expect(new Set(contacts).size).toBe(contacts.length)

  const first = new Map<string, { at: Temporal.Instant; member: string }>()
  for (const { message, at, unseen } of world.attempts) {
    const mailing = byId.get(message.messageId)
    // Only a mailing that never reached a server can have been taken back with its case.
    if (!mailing && unseen) continue
    expect(mailing).toBeDefined()
    const { member_id, case_id, kind, late_at, due_at } = mailing!
    const { timeZone } = memberOf.get(member_id)!
    // I7: by day, where they are; not before it is due, nor once it is too late.
    const { hour } = at.toZonedDateTimeISO(timeZone)
    expect(hour >= 8 && hour < 20).toBe(true)
    expect(isBefore(at, due_at)).toBe(false)
    expect(late_at === null || isBefore(at, late_at)).toBe(true)
    // I6: nobody who had refused or answered by then.
    const optedOutAt = world.optedOutAt.get(member_id)
    expect(optedOutAt === undefined || !isBefore(optedOutAt, at)).toBe(true)
    const answeredAt = world.answeredAt.get(case_id!)
    if (kind !== 'thanks' && kind !== 'contactUpdate')
      expect(answeredAt === undefined || !isBefore(answeredAt, at)).toBe(true)
    // What no server has seen does not keep its case from moving.
    if (kind !== 'contactUpdate' && !unseen) expect(isBefore(at, cases.get(case_id!)!.opens_at)).toBe(false)
    if (!first.has(message.messageId)) first.set(message.messageId, { at, member: member_id })
  }
  // I6: one message a person in 24 hours; what is tried again is the same message.
  for (const own of Map.groupBy([...first.values()], ({ member }) => member).values()) {
    const times = own.map(({ at }) => at).toSorted(Temporal.Instant.compare)
    for (const [index, at] of times.entries())
      if (index > 0) expect(times[index - 1]!.until(at).total('hours')).toBeGreaterThanOrEqual(24)
  }
  expect(mailings.every(({ sent_at }) => sent_at === null || !isBefore(clock.now(), sent_at))).toBe(true)
}

/** I4: when time has gone by and the line is good, nothing is left undecided, and everything has its reason. */
async function checkEnd(world: World): Promise<void> {
  while (world.flying.length > 0) await landOne(world, 'taken')
  for (const scope of ['everything', ...WAVES.map((wave) => `wave tevo/${wave}`)])
    await releaseMail(service, { scope, actor: 'test' })
  for (let months = 0; months < 60 && (await somethingLeft()); months++) {
    service.clock.jumpTo(service.clock.now().add({ hours: 24 * 20 + 5 }))
    await tick(world)
  }
  const { db } = service
  const undecided = await db
    .selectFrom('fieldwork.case')
    .where(({ or, eb }) => or([eb('next_contact_at', 'is not', null), eb('because', 'is', null)]))
    .select(['wave', 'because', 'next_contact_at'])
    .execute()
  expect(undecided).toEqual([])
  const hanging = await db
    .selectFrom('fieldwork.mailing')
    .where(({ or, and, eb }) =>
      or([eb('claim', 'is not', null), and([eb('sent_at', 'is', null), eb('because', 'is', null)])]),
    )
    .select(['kind', 'number', 'because', 'next_attempt_at'])
    .execute()
  expect(hanging).toEqual([])
  await check(world)
}

async function somethingLeft(): Promise<boolean> {
  const { rows } = await sql<{ left: boolean }>`
    select exists (select from fieldwork.case where next_contact_at is not null)
      or exists (select from fieldwork.mailing where next_attempt_at is not null) as left`.execute(service.db)
  return rows[0]!.left
}

// ---------------------------------------------------------------- what may happen

type Step = fc.AsyncCommand<World, TestService>
const step = (says: string, run: (world: World) => Promise<unknown>): Step => ({
  check: () => true,
  async run(world) {
    const before = world.attempts.length
    await run(world)
    if (world.attempts.length > before) await check(world)
  },
  toString: () => says,
})
const always = (says: string, run: (world: World) => Promise<unknown>) => fc.constant(step(says, run))
/** As often as it stands here. */
const often = <T>(times: number, arbitrary: T): T[] => Array<T>(times).fill(arbitrary)

const member = fc.integer({ min: 0, max: ZONES.length - 1 })
const scope = fc.constantFrom('everything', ...WAVES.map((wave) => `wave tevo/${wave}`))

const STEPS = [
  ...often(
    6,
    fc.integer({ min: 1, max: 6 }).map((hours) => passing({ hours })),
  ),
  ...often(
    5,
    fc.integer({ min: 1, max: 12 }).map((days) => passing({ hours: 24 * days })),
  ),
  fc.integer({ min: 20, max: 150 }).map((days) => passing({ hours: 24 * days })),
  ...often(9, always('tick', tick)),
  ...often(
    2,
    always('three ticks at once', (world) => Promise.all([tick(world), tick(world), tick(world)])),
  ),
  ...often(3, always('decide', decideAll)),
  ...often(4, always('claim', beginOne)),
  ...often(
    5,
    fc
      .constantFrom('taken', 'taken', '4xx', '5xx', 'full', 'down', 'cut', 'dies before', 'dies after')
      .map((outcome) => step(`it ends: ${outcome}`, (world) => landOne(world, outcome))),
  ),
  ...often(
    2,
    fc
      .constantFrom('4xx', 'full', 'down', '5xx')
      .map((outcome) =>
        step(`tick, all end: ${outcome}`, (world) => decideAll().then(() => sendAll(world, FAILURES[outcome]!))),
      ),
  ),
  ...often(2, always('leases expire', leasesExpire)),
  ...often(
    2,
    member.map((who) => step(`${who} begins`, () => beginToAnswer(members[who]!))),
  ),
  ...often(
    3,
    fc
      .tuple(member, fc.constantFrom(...WAVES))
      .map(([who, wave]) => step(`${who} answers ${wave}`, (world) => answerCase(world, members[who]!, wave))),
  ),
  member.map((who) => step(`${who} opts out`, (world) => optOut(world, members[who]!))),
  ...often(
    2,
    fc
      .tuple(member, fc.integer({ min: -40, max: 60 }))
      .map(([who, days]) => step(`${who} returned ${days} days later`, () => moveReturn(members[who]!, days))),
  ),
  ...often(
    2,
    fc
      .constantFrom(...WAVES)
      .map((wave) =>
        step(`the next mail of ${wave} now`, () =>
          sendNow(service, { programme: 'tevo', wave, cohort: null, expected: 99, actor: 'test' }),
        ),
      ),
  ),
  fc
    .tuple(fc.constantFrom(...WAVES), fc.integer({ min: 1, max: 100 }))
    .map(([wave, days]) => step(`${days} days more for ${wave}`, () => giveTime(wave, days))),
  scope.map((scope) => step(`hold ${scope}`, () => holdMail(service, { scope, actor: 'test' }))),
  ...often(
    2,
    scope.map((scope) => step(`release ${scope}`, () => releaseMail(service, { scope, actor: 'test' }))),
  ),
]

/** Until so many days from now, for whoever may have them. */
const giveTime = (wave: string, days: number) =>
  extendCases(service, {
    programme: 'tevo',
    wave,
    whose: { cohort: 'phase-1' },
    lastDay: dayOf(service.clock.now()).add({ days }),
    expected: 99,
    actor: 'test',
  })

async function tick(world: World): Promise<void> {
  await decideAll()
  await sendAll(world, 'taken')
}

function passing(time: { hours: number }): Step {
  return step(`${time.hours} h pass`, async () => service.clock.jumpTo(service.clock.now().add(time)))
}

/** Whoever still has a message on its way holds it no longer. */
async function leasesExpire(): Promise<void> {
  service.clock.jumpTo(service.clock.now().add({ milliseconds: service.config.mail.lease + 1_000 }))
}

async function optOut(world: World, { id }: (typeof members)[number]): Promise<void> {
  const stop = { purpose: 'stop', subjectId: id, generation: 1 } as const
  const token = await ensureLink(service.db, service.config.keys.link, stop, null)
  if ((await stopMail(service, token)) && !world.optedOutAt.has(id)) world.optedOutAt.set(id, service.clock.now())
}

test(`in ${RUNS} random histories nobody is written to who should not be, twice, too late, at night or never`, {
  timeout: 60_000 + RUNS * 3_000,
}, async () => {
  let begun = 0
  const property = fc.asyncProperty(fc.commands(STEPS, { maxCommands: LONGEST, size: 'max' }), async (history) => {
    await beginAgain()
    if (++begun % SWEPT_EVERY === 0) await sweep(service.db)
    const world = newWorld()
    await fc.asyncModelRun(() => ({ model: world, real: service }), history)
    await checkEnd(world)
  })
  await fc.assert(property, { numRuns: RUNS })
})
