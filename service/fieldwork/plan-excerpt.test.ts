// What a few people are shown to hear by another plan is what they hear once it is in force, whatever has gone before.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BEFORE_W1, oweAllDue, startAgain } from '../mailings/testing.ts'
import { seededRandom } from '../platform/secrets.ts'
import { ENGINES } from '../platform/testing.ts'
import { readPlanSources } from '../surveys.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { listMails } from '../waves/list-mails.actions.ts'
import { PlanFile } from '../waves/plan.ts'
import { previewPlans, publishPlans, storeFirstPlans } from '../waves/publish-plan.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { planAgain } from './plan-again.actions.ts'
import { type ExcerptLine, excerptOf } from './plan-excerpt.actions.ts'
import type { PlanContent } from './plan-form.ts'

const SOURCES = readPlanSources('surveys')
const STANDARD = SOURCES.find(({ plan }) => plan === 'standard')!.content as PlanContent
const waves = (change: Record<string, object>) => ({
  waves: STANDARD.waves.map((wave) => ({ ...wave, ...change[wave.wave] })),
})

const CHANGES: [string, Partial<PlanContent>][] = [
  ['another hour', { sendAt: '15:30' }],
  [
    'reminders that come later, and one less',
    { contacts: [STANDARD.contacts[0]!, { kind: 'reminder', after: 'P9D' }, { kind: 'lastCall', before: 'P5D' }] },
  ],
  [
    'waves that open earlier and later',
    waves({ w1: { opens: 'P1M14D' }, w2: { opens: 'P4M' }, w3: { opens: 'P13M' } }),
  ],
  [
    'a wave gone and one that comes',
    {
      waves: [
        ...STANDARD.waves.filter(({ wave }) => wave !== 'w2'),
        { ...STANDARD.waves[5]!, wave: 'w6', instrument: 'w5', opens: 'P9M' },
      ],
    },
  ],
  ['waves so close that they are merged', waves({ w2: { opens: 'P50D' } })],
  [
    'a wave without a questionnaire, and no question about the address',
    { contactUpdate: undefined, ...waves({ w2: { instrument: '' } }) },
  ],
]

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
  })
  beforeEach(async () => {
    await startAgain(service, BEFORE_W1)
    await service.db.deleteFrom('fieldwork.plan').execute()
    await storeFirstPlans(service, SOURCES)
    await refreshPlans(service)
  })
  afterAll(() => service.close())

  /** Twenty people of every kind, some of whom have been written to and have begun. */
  async function live(seed: string, until: string): Promise<void> {
    const random = seededRandom(seed)
    const dice = (sides: number) => random(1)[0]! % sides
    await enrol(
      service,
      Array.from({ length: 20 }, (_, index) => ({
        matricule: `TEVO1-${index}`,
        courriel: dice(6) === 0 ? '' : `v${index}@example.org`,
        fuseau_horaire: ['Africa/Dakar', 'Pacific/Tahiti', 'Asia/Kathmandu'][dice(3)]!,
        date_retour_effective:
          dice(4) === 0
            ? ''
            : Temporal.PlainDate.from('2026-08-01')
                .add({ days: dice(90) })
                .toString(),
      })),
    )
    const sent = { attempts: 1, next_attempt_at: null }
    for (
      let day = Temporal.PlainDate.from('2026-10-02');
      Temporal.PlainDate.compare(day, until) <= 0;
      day = day.add({ days: 7 })
    ) {
      service.clock.jumpTo(Temporal.Instant.from(`${day}T21:00:00Z`))
      await oweAllDue(service)
      await service.db
        .updateTable('fieldwork.mailing')
        .set({ ...sent, sent_at: service.clock.now() })
        .where('next_attempt_at', 'is not', null)
        .execute()
    }
    // Somebody has begun, somebody wants no more mail, and something is owed that has not been tried.
    const [begun, out] = await service.db
      .selectFrom('identity.panel_member')
      .orderBy('matricule')
      .select('id')
      .limit(2)
      .execute()
    await service.db
      .updateTable('fieldwork.case')
      .set({ started_on: Temporal.PlainDate.from(until) })
      .where('member_id', '=', begun!.id)
      .where('wave', '=', 'w1')
      .execute()
    await service.db
      .updateTable('identity.panel_member')
      .set({ opted_out_at: service.clock.now() })
      .where('id', '=', out!.id)
      .execute()
    service.clock.jumpTo(Temporal.Instant.from(`${until}T23:30:00Z`))
    await oweAllDue(service)
  }

  /** Everything still to come, by person, wave, kind and number. */
  async function ahead(): Promise<Map<string, string>> {
    const mails = await listMails(service, {
      programmes: ['tevo'],
      from: Temporal.PlainDate.from('2026-01-01'),
      to: Temporal.PlainDate.from('2031-12-31'),
    })
    return new Map(
      mails
        .filter(({ state }) => state === 'planned' || state === 'not sent')
        .map(({ person, wave, kind, number, at, because }) => [
          `${person} ${wave} ${kind} ${number}`,
          `${at} ${because}`,
        ]),
    )
  }
  const keyOf = ({ person, wave, kind, number }: ExcerptLine) => `${person} ${wave} ${kind} ${number}`
  const say = (outlook: ExcerptLine['after']) => outlook && `${outlook.at} ${outlook.because}`

  test.each(
    CHANGES.map(([what, change], index) => [what, change, index % 2 === 0 ? '2026-12-04' : '2026-10-08'] as const),
  )('%s', async (what, change, until) => {
    await live(what, until)
    const content = { ...STANDARD, ...change }
    const plan = PlanFile.parse(JSON.parse(JSON.stringify(content)))
    const { lines, people, looked } = await excerptOf(service, { programmes: ['tevo'], plan })
    expect([people, looked]).toEqual([5, 20])
    expect(lines.length).toBeGreaterThan(5)

    const was = await ahead()
    for (const line of lines)
      expect([keyOf(line), say(line.before)]).toEqual([keyOf(line), was.get(keyOf(line)) ?? null])
    expect(lines.some((line) => say(line.before) !== say(line.after))).toBe(true)

    const sources = [{ plan: 'standard', content: JSON.parse(JSON.stringify(content)) }]
    const { code } = await previewPlans(service, sources)
    expect(await publishPlans(service, { sources, origin: 'console', confirm: code, actor: 'test' })).toMatchObject({
      ok: true,
    })
    await planAgain(service, { programmes: ['tevo'], onLeft: () => {} })
    const is = await ahead()
    for (const line of lines) expect([keyOf(line), say(line.after)]).toEqual([keyOf(line), is.get(keyOf(line)) ?? null])
  })

  test('of a plan that changes nothing for anybody, it is what people hear either way', async () => {
    await enrol(service, [{}])
    const plan = PlanFile.parse({
      ...STANDARD,
      waves: STANDARD.waves.map((wave) => ({ ...wave, expectedResponse: 0.2 })),
    })
    const { lines, people } = await excerptOf(service, { programmes: ['tevo'], plan })
    expect(people).toBe(1)
    for (const { before, after } of lines) expect(after).toEqual(before)
    expect(lines.length).toBeGreaterThan(3)
  })

  test('where nobody is, there is nothing to show', async () => {
    const plan = PlanFile.parse(STANDARD)
    expect(await excerptOf(service, { programmes: ['tevo'], plan })).toEqual({ lines: [], people: 0, looked: 0 })
    expect(await excerptOf(service, { programmes: [], plan })).toEqual({ lines: [], people: 0, looked: 0 })
  })
})
