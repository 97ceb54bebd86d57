// A plan and its form say the same, whatever a plan may say; what a plan may not say is told at its field.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPlanSources } from '../surveys.ts'
import { LATE_ENROLMENT, type Plan, PlanFile } from '../waves/plan.ts'
import {
  DAYS,
  fieldsOf,
  type PlanContent,
  type PlanFields,
  type PlanProblem,
  readPlan,
  rowChangeOf,
  rowsIn,
  withRows,
} from './plan-form.ts'
import { monthsAndDays, settingChanges, settingsOf } from './plan-words.ts'

const STANDARD = readPlanSources('surveys').find(({ plan }) => plan === 'standard')!.content as PlanContent

/** What a form becomes on its way from a browser. */
function sent(fields: PlanFields): PlanFields {
  const pairs = [...fields].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))
  const params = new URLSearchParams(String(new URLSearchParams(pairs)))
  return new Map([...new Set(params.keys())].map((name) => [name, params.getAll(name)]))
}

/** All that a plan means: a week is seven days, a year twelve months, and days are in no order. */
const meaning = (plan: Plan): unknown =>
  JSON.parse(
    JSON.stringify({ ...plan, openingDays: [...new Set(plan.openingDays)].sort() }, function (key, value) {
      const own = this[key]
      return own instanceof Temporal.Duration ? monthsAndDays(own) : value
    }),
  )

const days = fc.integer({ min: 0, max: 400 })
const duration = fc.oneof(
  days.map((n) => `P${n}D`),
  fc.integer({ min: 0, max: 48 }).map((n) => `P${n}M`),
  fc.integer({ min: 0, max: 9 }).map((n) => `P${n}W`),
  fc.integer({ min: 0, max: 4 }).map((n) => `P${n}Y`),
  fc.tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 30 })).map(([m, d]) => `P${m}M${d}D`),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 11 })).map(([y, m]) => `P${y}Y${m}M`),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 })).map(([w, d]) => `p${w}w${d}d`),
)
const monthDay = fc
  .integer({ min: 0, max: 365 })
  .map((day) => Temporal.PlainDate.from('2028-01-01').add({ days: day }).toString().slice(5))
const share = (min: number) => fc.double({ min, max: 1, noNaN: true })
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.trim())
  .filter((text) => text !== '' && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text))
const wave = (index: number) =>
  fc.record({
    wave: fc.constant(`w${index}`),
    name: fc.record({ fr: name, en: name }),
    instrument: fc.constantFrom('w0', 'w1', '', 'not-there-yet'),
    anchor: fc.constantFrom('departure', 'return'),
    opens: fc.tuple(fc.constantFrom('', '-', '+'), duration).map(([sign, text]) => `${sign}${text}`),
    closes: fc.record({ after: fc.constantFrom('opening', 'departure'), days: fc.integer({ min: 7, max: 365 }) }),
    expectedResponse: share(0.05),
  })
const content = fc
  .record(
    {
      plan: fc.constant('standard'),
      baseline: fc.constant('w1'),
      sendAt: fc
        .tuple(fc.integer({ min: 8, max: 19 }), fc.integer({ min: 0, max: 59 }))
        .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
      openingDays: fc.array(fc.constantFrom(...DAYS), { minLength: 1, maxLength: 8 }),
      blackouts: fc.array(fc.record({ from: monthDay, to: monthDay }), { maxLength: 4 }),
      contacts: fc
        .tuple(fc.array(duration, { maxLength: 4 }), fc.option(duration, { nil: undefined }))
        .map(([reminders, before]) => [
          { kind: 'invitation', after: 'P0D' },
          ...reminders.map((after) => ({ kind: 'reminder', after })),
          ...(before === undefined ? [] : [{ kind: 'lastCall', before }]),
        ]),
      resume: fc.record({ after: duration }),
      thanks: fc.record({ after: duration }),
      contactUpdate: fc.record({ before: duration, apart: duration }),
      atMost: fc.record({ perWave: fc.integer({ min: 1, max: 10 }), per24Hours: fc.integer({ min: 1, max: 3 }) }),
      late: fc.record({ invitation: share(0.1), enrolled: fc.constantFrom(...LATE_ENROLMENT) }),
      waves: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }).chain((some) => {
        return fc.tuple(...some.map((_, index) => wave(index + 1)))
      }),
    },
    { requiredKeys: ['plan', 'baseline', 'sendAt', 'openingDays', 'blackouts', 'contacts', 'atMost', 'late', 'waves'] },
  )
  .filter((one) => PlanFile.safeParse(one).success)

describe('a plan', () => {
  test('comes out of its form as it went in, whatever it says', () => {
    fc.assert(
      fc.property(content, (one) => {
        const read = readPlan(sent(fieldsOf(one as PlanContent)), 'standard')
        if (!read.ok) expect.fail(JSON.stringify(read.problems))
        expect(meaning(read.plan)).toEqual(meaning(PlanFile.parse(one)))
        expect(meaning(PlanFile.parse(read.content))).toEqual(meaning(read.plan))
        for (const language of ['fr', 'en'] as const)
          expect(settingChanges(PlanFile.parse(one), read.plan, language)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('of the file comes out in the very words of the file', () => {
    const read = readPlan(sent(fieldsOf(STANDARD)), 'standard')
    expect(read).toMatchObject({ ok: true, content: STANDARD })
  })

  test('keeps a length of time that is neither of days nor of months, and shows it', () => {
    const odd = { ...STANDARD, thanks: { after: 'P1M15D' } }
    const fields = fieldsOf(odd)
    expect([fields.get('thanks.number'), fields.get('thanks.unit')]).toEqual([[''], ['P1M15D']])
    expect(readPlan(sent(fields), 'standard')).toMatchObject({ ok: true, content: { thanks: { after: 'P1M15D' } } })
  })

  test('two plans that say different things are told apart in both languages, setting by setting', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const [one, other] = [PlanFile.parse(a), PlanFile.parse(b)]
        const isSame = JSON.stringify(meaning(one)) === JSON.stringify(meaning(other))
        for (const language of ['fr', 'en'] as const) {
          const changes = settingChanges(one, other, language)
          if (!isSame) expect(changes.length).toBeGreaterThan(0)
          for (const { from, to } of changes) expect(from).not.toBe(to)
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** The standard form with some fields as somebody typed them. */
const typed = (change: Record<string, string | readonly string[]>, without: readonly string[] = []): PlanFields => {
  const kept = [...fieldsOf(STANDARD)].filter(([name]) => !without.some((start) => name.startsWith(start)))
  return new Map([
    ...kept,
    ...Object.entries(change).map(([name, value]): [string, string[]] => [name, [value].flat()]),
  ])
}
const problemsOf = (fields: PlanFields): PlanProblem[] => {
  const read = readPlan(sent(fields), 'standard')
  return read.ok ? [] : read.problems
}
const contentFrom = (change: Record<string, string>): PlanContent => {
  const read = readPlan(sent(typed(change)), 'standard')
  if (!read.ok) expect.fail(JSON.stringify(read.problems))
  return read.content
}

describe('what a plan may not say is told at its field', () => {
  test.each<[what: string, change: Record<string, string | readonly string[]>, field: string, wrong: string]>([
    ['an hour that is none', { sendAt: 'noon' }, 'sendAt', 'sendAt'],
    ['an hour in the night', { sendAt: '22:00' }, 'sendAt', 'sendAt'],
    ['a minute that is none', { sendAt: '10:75' }, 'sendAt', 'sendAt'],
    ['a day that is none', { openingDays: ['lundi'] }, 'openingDays', 'openingDays'],
    ['a blackout without a month', { 'blackouts.0.fromMonth': '' }, 'blackouts.0', 'day'],
    ['a blackout on 30 February', { 'blackouts.1.toDay': '30', 'blackouts.1.toMonth': '2' }, 'blackouts.1', 'day'],
    ['a blackout on day 1e1', { 'blackouts.1.toDay': '1e1' }, 'blackouts.1', 'day'],
    [
      'mail never',
      {
        'blackouts.0.fromDay': '1',
        'blackouts.0.fromMonth': '1',
        'blackouts.0.toDay': '31',
        'blackouts.0.toMonth': '12',
      },
      'blackouts',
      'blackouts',
    ],
    ['a reminder without a number', { 'reminders.1.number': '' }, 'reminders.1', 'delay'],
    ['a reminder in words', { 'reminders.1.number': 'onze' }, 'reminders.1', 'delay'],
    ['a reminder of half a day', { 'reminders.1.number': '1.5' }, 'reminders.1', 'delay'],
    ['a reminder before the opening', { 'reminders.0.number': '-4' }, 'reminders.0', 'delay'],
    ['a reminder that hides another unit', { 'reminders.0.number': '1Y2' }, 'reminders.0', 'delay'],
    ['a reminder in hours', { 'reminders.0.number': '', 'reminders.0.unit': 'PT36H' }, 'reminders.0', 'delay'],
    ['a reminder that goes back', { 'reminders.0.number': '', 'reminders.0.unit': '-P1M1D' }, 'reminders.0', 'delay'],
    ['a reminder in a unit that is none', { 'reminders.0.unit': 'moons' }, 'reminders.0', 'delay'],
    ['a number beside a length of its own', { 'reminders.2.unit': 'P1M1D' }, 'reminders.2', 'delay'],
    ['a reminder in a century', { 'reminders.2.number': '1200', 'reminders.2.unit': 'months' }, 'reminders.2', 'delay'],
    ['a reminder on the day of the opening', { 'reminders.0.number': '0' }, 'reminders.0', 'later'],
    ['a reminder before the one before it', { 'reminders.1.number': '3' }, 'reminders.1', 'later'],
    ['a last call in words', { 'lastCall.number': 'trois' }, 'lastCall', 'delay'],
    ['a way back in no number', { 'resume.number': '2 jours' }, 'resume', 'delay'],
    ['thanks before the answer', { 'thanks.number': '-1' }, 'thanks', 'delay'],
    ['half a question about the address', { 'contactUpdate.before.number': '' }, 'contactUpdate.before', 'delay'],
    ['the other half of it', { 'contactUpdate.apart.number': '' }, 'contactUpdate.apart', 'delay'],
    ['no mail at all', { 'atMost.perWave': '0' }, 'atMost.perWave', 'perWave'],
    ['a mail and a half', { 'atMost.perWave': '1,5' }, 'atMost.perWave', 'perWave'],
    ['four mails a day', { 'atMost.per24Hours': '4' }, 'atMost.per24Hours', 'per24Hours'],
    ['an invitation that is never late', { 'late.invitation': '101' }, 'late.invitation', 'lateInvitation'],
    ['a share that is none', { 'late.invitation': 'half' }, 'late.invitation', 'lateInvitation'],
    ['a policy nobody knows', { 'late.enrolled': 'all waves' }, 'late.enrolled', 'choice'],
    ['a baseline the plan has not', { baseline: 'w9' }, 'baseline', 'baseline'],
    ['a wave without a number', { 'waves.5.wave': 'last' }, 'waves.5.wave', 'wave'],
    ['a wave twice', { 'waves.5.wave': 'w1' }, 'waves.5.wave', 'twice'],
    ['no name in French', { 'waves.2.nameFr': '  ' }, 'waves.2.nameFr', 'name'],
    ['a name that is a story', { 'waves.2.nameEn': 'x'.repeat(61) }, 'waves.2.nameEn', 'name'],
    ['a name with a sign nobody sees', { 'waves.2.nameEn': 'A\u0000B' }, 'waves.2.nameEn', 'name'],
    ['a questionnaire no file could have', { 'waves.2.instrument': '../w1' }, 'waves.2.instrument', 'choice'],
    ['an anchor nobody knows', { 'waves.2.anchor': 'birthday' }, 'waves.2.anchor', 'choice'],
    ['an opening without a number', { 'waves.2.opens.number': '' }, 'waves.2.opens', 'delay'],
    ['a field period of a day', { 'waves.2.closes.days': '1' }, 'waves.2.closes', 'closes'],
    ['a field period after a birthday', { 'waves.2.closes.after': 'birthday' }, 'waves.2.closes', 'closes'],
    [
      'an expected response of nobody',
      { 'waves.2.expectedResponse': '4' },
      'waves.2.expectedResponse',
      'expectedResponse',
    ],
  ])('%s', (_, change, field, wrong) => {
    expect(problemsOf(typed(change))).toEqual([{ field, wrong }])
  })

  test('no opening day, and no wave', () => {
    expect(problemsOf(typed({}, ['openingDays']))).toEqual([{ field: 'openingDays', wrong: 'openingDays' }])
    expect(problemsOf(typed({}, ['waves.']))).toEqual([{ field: 'waves', wrong: 'waves' }])
  })

  test('an empty form: every field at once, and each once', () => {
    const fields = problemsOf(new Map()).map(({ field }) => field)
    expect(fields).toEqual([...new Set(fields)])
    expect(fields).toEqual(
      expect.arrayContaining(['sendAt', 'openingDays', 'atMost.perWave', 'late.invitation', 'late.enrolled', 'waves']),
    )
  })

  test('whatever anybody sends, it is read or told where it is wrong, and nothing is thrown', () => {
    const names = [
      ...fieldsOf(STANDARD).keys(),
      'waves.6.wave',
      'reminders.999.number',
      'blackouts.x.fromDay',
      'do',
      '__proto__',
    ]
    const text = fc.oneof(fc.string(), fc.constantFrom('', '0', '-1', '1e9', 'P1M', 'w0', 'NaN', '\u0000', '99999'))
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.array(text, { maxLength: 3 })),
        fc.boolean(),
        (some, whole) => {
          const fields = new Map([...(whole ? fieldsOf(STANDARD) : []), ...Object.entries(some)])
          const read = readPlan(fields, 'standard')
          if (!read.ok) expect(read.problems.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('people type', () => {
  test.each([
    ['9:30', '09:30'],
    ['10h', '10:00'],
    ['10 h 15', '10:15'],
    [' 19:59 ', '19:59'],
    ['8', '08:00'],
  ])('the hour “%s” for %s', (text, sendAt) => {
    expect(contentFrom({ sendAt: text }).sendAt).toBe(sendAt)
  })

  test.each([
    ['50', 0.5],
    ['33,3', 0.333],
    ['33.3', 0.333],
    ['100', 1],
  ])('the share “%s” for %d', (text, share) => {
    expect(contentFrom({ 'late.invitation': text }).late.invitation).toBe(share)
  })

  test('nothing for a mail that is not to go', () => {
    const none = { 'lastCall.number': '', 'resume.number': '', 'thanks.number': '' }
    const less = contentFrom({ ...none, 'contactUpdate.before.number': '', 'contactUpdate.apart.number': ' ' })
    expect(Object.keys(less)).not.toEqual(expect.arrayContaining(['resume']))
    for (const key of ['resume', 'thanks', 'contactUpdate']) expect(less).not.toHaveProperty(key)
    expect(less.contacts.map(({ kind }) => kind)).not.toContain('lastCall')
  })

  test('months before the departure', () => {
    const change = { 'waves.0.opens.number': '2', 'waves.0.opens.unit': 'months', 'waves.0.opens.side': 'before' }
    expect(contentFrom(change).waves[0]!.opens).toBe('-P2M')
  })
})

describe('rows', () => {
  const press = (fields: PlanFields, pressed: string, taken: string[] = []) => {
    const change = rowChangeOf(pressed)
    return change ? withRows(fields, change, taken) : null
  }

  test.each([
    '',
    'publish',
    'add',
    'add waves.1',
    'remove waves',
    'remove baseline.0',
    'add openingDays',
    'remove waves.1 ',
  ])('a button that says “%s” changes none', (pressed) => {
    expect(press(fieldsOf(STANDARD), pressed)).toBeNull()
  })

  test('go where they are taken away, and what stands elsewhere stays', () => {
    const fields = press(fieldsOf(STANDARD), 'remove reminders.1')!
    expect(rowsIn(fields, 'reminders')).toEqual(['reminders.0', 'reminders.2'])
    const read = readPlan(sent(fields), 'standard')
    expect(read).toMatchObject({
      ok: true,
      content: {
        contacts: [{ after: 'P0D' }, { after: 'P4D' }, { after: 'P21D' }, { before: 'P3D' }],
        waves: STANDARD.waves,
      },
    })
  })

  test('one of many digits does not take those that begin alike', () => {
    let fields = fieldsOf(STANDARD)
    for (let more = 0; more < 8; more++) fields = press(fields, 'add reminders')!
    expect(rowsIn(press(fields, 'remove reminders.1')!, 'reminders')).toContain('reminders.10')
  })

  test('come empty, after the others, and are told to be empty', () => {
    const fields = press(press(press(fieldsOf(STANDARD), 'add reminders')!, 'add blackouts')!, 'add waves')!
    expect(problemsOf(fields)).toEqual([
      { field: 'blackouts.2', wrong: 'day' },
      { field: 'reminders.3', wrong: 'delay' },
      ...['nameFr', 'nameEn'].map((part) => ({ field: `waves.6.${part}`, wrong: 'name' })),
      { field: 'waves.6.opens', wrong: 'delay' },
      { field: 'waves.6.closes', wrong: 'closes' },
      { field: 'waves.6.expectedResponse', wrong: 'expectedResponse' },
    ])
  })

  test('a wave that comes has a code that no wave ever had', () => {
    const without = press(fieldsOf(STANDARD), 'remove waves.5')!
    expect(press(without, 'add waves', ['w0', 'w5', 'w7'])!.get('waves.5.wave')).toEqual(['w8'])
    expect(press(without, 'add waves')!.get('waves.5.wave')).toEqual(['w5'])
  })

  test('what is wrong in a row is told by the number its fields have, also after others have gone', () => {
    const fields = new Map([...press(fieldsOf(STANDARD), 'remove reminders.0')!, ['reminders.1.number', ['x']]])
    expect(problemsOf(fields as PlanFields)).toEqual([{ field: 'reminders.1', wrong: 'delay' }])
  })
})

describe('in words', () => {
  const standard = PlanFile.parse(STANDARD)
  const changed = (change: object) => PlanFile.parse({ ...STANDARD, ...change })
  const changes = (change: object, language: 'fr' | 'en' = 'fr') => settingChanges(standard, changed(change), language)

  test('a plan says everything', () => {
    const said = (language: 'fr' | 'en') => settingsOf(standard, language).map(({ label, value }) => [label, value])
    expect(said('fr').slice(0, 23)).toMatchInlineSnapshot(`
      [
        [
          "Heure d'envoi",
          "10:00",
        ],
        [
          "Jours d'ouverture",
          "lundi, mardi, mercredi et jeudi",
        ],
        [
          "Périodes sans courriel",
          "du 20 décembre au 5 janvier",
        ],
        [
          "Périodes sans courriel",
          "du 25 juillet au 25 août",
        ],
        [
          "Rappel 1",
          "4 jours après l'ouverture",
        ],
        [
          "Rappel 2",
          "11 jours après l'ouverture",
        ],
        [
          "Rappel 3",
          "21 jours après l'ouverture",
        ],
        [
          "Dernier appel",
          "3 jours avant la fin",
        ],
        [
          "Invitation à reprendre",
          "2 jours après avoir commencé",
        ],
        [
          "Remerciement",
          "1 jour après la réponse",
        ],
        [
          "Vérification de l'adresse, avant l'ouverture",
          "2 mois avant l'ouverture",
        ],
        [
          "Vérification de l'adresse, écart entre les vagues",
          "5 mois au moins",
        ],
        [
          "Courriels par vague, au plus",
          "5",
        ],
        [
          "Courriels en 24 heures, au plus",
          "1",
        ],
        [
          "Invitation en retard",
          "50 %",
        ],
        [
          "Inscription tardive",
          "La vague ouverte s'il est encore temps d'y inviter, sinon la suivante",
        ],
        [
          "Vague de référence",
          "w0 : Avant le départ",
        ],
        [
          "w0, Nom de la vague en français",
          "Avant le départ",
        ],
        [
          "w0, Nom de la vague en anglais",
          "Before departure",
        ],
        [
          "w0, Questionnaire",
          "w0",
        ],
        [
          "w0, Ouverture",
          "30 jours avant le départ",
        ],
        [
          "w0, Période de réponse",
          "jusqu'à 15 jours après le départ",
        ],
        [
          "w0, Réponse attendue",
          "75 %",
        ],
      ]
    `)
    expect(said('en').slice(0, 17)).toMatchInlineSnapshot(`
      [
        [
          "Hour of sending",
          "10:00",
        ],
        [
          "Opening days",
          "Monday, Tuesday, Wednesday and Thursday",
        ],
        [
          "Times without mail",
          "from 20 December to 5 January",
        ],
        [
          "Times without mail",
          "from 25 July to 25 August",
        ],
        [
          "Reminder 1",
          "4 days after the opening",
        ],
        [
          "Reminder 2",
          "11 days after the opening",
        ],
        [
          "Reminder 3",
          "21 days after the opening",
        ],
        [
          "Last call",
          "3 days before the end",
        ],
        [
          "Invitation to resume",
          "2 days after beginning",
        ],
        [
          "Thanks",
          "1 day after the answer",
        ],
        [
          "Question about the address, before the opening",
          "2 months before the opening",
        ],
        [
          "Question about the address, time between waves",
          "5 months at least",
        ],
        [
          "Mails per wave, at most",
          "5",
        ],
        [
          "Mails within 24 hours, at most",
          "1",
        ],
        [
          "Late invitation",
          "50%",
        ],
        [
          "Late registration",
          "The wave that is open if there is still time to invite, otherwise the next",
        ],
        [
          "Baseline wave",
          "w0: Before departure",
        ],
      ]
    `)
    expect(said('fr')).toHaveLength(17 + 6 * STANDARD.waves.length)
  })

  test('a reminder that moves is told as people say it', () => {
    const contacts = STANDARD.contacts.map((one) =>
      one.kind === 'reminder' && one.after === 'P11D' ? { ...one, after: 'P14D' } : one,
    )
    expect(changes({ contacts })).toEqual([
      { label: 'Rappel 2', from: "11 jours après l'ouverture", to: "14 jours après l'ouverture" },
    ])
    expect(changes({ contacts }, 'en')).toEqual([
      { label: 'Reminder 2', from: '11 days after the opening', to: '14 days after the opening' },
    ])
  })

  test('what comes and what goes is told as such', () => {
    expect(changes({ thanks: undefined })).toEqual([
      { label: 'Remerciement', from: '1 jour après la réponse', to: null },
    ])
    expect(
      changes({
        blackouts: [
          { from: '07-25', to: '08-25' },
          { from: '05-01', to: '05-01' },
        ],
      }),
    ).toEqual([
      { label: 'Périodes sans courriel', from: 'du 20 décembre au 5 janvier', to: null },
      { label: 'Périodes sans courriel', from: null, to: 'du 1er mai au 1er mai' },
    ])
    const w6 = { ...STANDARD.waves[5]!, wave: 'w6', opens: 'P1M15D', name: { fr: 'Plus tard', en: 'Later' } }
    expect(changes({ waves: [...STANDARD.waves.slice(0, 5), w6] })).toEqual([
      {
        label: 'Vague w5',
        from: "Trois ans après le retour\u00a0; ouvre 36 mois après le retour\u00a0; se ferme 70 jours après l'ouverture",
        to: null,
      },
      {
        label: 'Vague w6',
        from: null,
        to: "Plus tard\u00a0; ouvre 1 mois et 15 jours après le retour\u00a0; se ferme 70 jours après l'ouverture",
      },
    ])
  })
})
