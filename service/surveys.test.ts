// Checks that surveys/ as it stands is in order, and that one fault at a time is told with its file, line and reason.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { itemsOf } from './instruments/instrument.ts'
import { FileError } from './platform/yaml.ts'
import { loadSurveys } from './surveys.ts'

describe.each([
  ['the demonstration', true],
  ['real programmes', false],
] as const)('for %s', (_, demonstration) => {
  const { frame, bank, plans } = loadSurveys('surveys', { demonstration })

  test('surveys/ is in order, and has programmes of this kind only', () => {
    expect(frame.programmes.length).toBeGreaterThan(0)
    expect(frame.programmes.every((programme) => programme.demonstration === demonstration)).toBe(true)
  })

  test('every programme has a plan whose baseline has an instrument', () => {
    for (const { plan } of frame.programmes) {
      const { baseline, waves } = plans.get(plan)!
      expect(bank.instruments.has(waves.find(({ wave }) => wave === baseline)!.instrument)).toBe(true)
    }
  })

  test('every measure is asked by some instrument, and every instrument asks something', () => {
    const asked = new Set([...bank.instruments.values()].flatMap((one) => itemsOf(one).map(({ item }) => item)))
    for (const measure of bank.measures)
      expect(measure.kind === 'scale' ? measure.items : [measure.item]).toSatisfy((items: string[]) =>
        items.every((item) => asked.has(item)),
      )
    expect(asked.size).toBeGreaterThan(0)
  })

  test('the countries are those of ISO 3166-1', () => {
    expect(frame.countries.size).toBe(249)
    expect([...frame.countries]).toEqual(expect.arrayContaining(['FR', 'SN', 'GF', 'PF']))
  })
})

test('every country is in one region of the world, and those of a mission where they are looked for', () => {
  const { frame } = loadSurveys('surveys', { demonstration: false })
  const region = frame.dimensions.find(({ fact }) => fact === 'country')!
  const codes = region.categories.flatMap((category) => ('codes' in category ? category.codes : []))
  expect(codes.toSorted()).toEqual([...frame.countries].sort())
  const placed = (country: string) =>
    region.categories.find((category) => 'codes' in category && category.codes.includes(country))?.category
  const places = { SN: 'AFRICA_W', MA: 'AFRICA_N', MG: 'AFRICA_CES', CD: 'AFRICA_CES', HT: 'AMERICAS', GF: 'AMERICAS' }
  for (const [country, place] of Object.entries({ ...places, LB: 'ASIA_OCEANIA', VU: 'ASIA_OCEANIA', FR: 'OTHER' }))
    expect([country, placed(country)]).toEqual([country, place])
})

test('instruments are frozen with their countries, which have nothing but a code and a name', () => {
  const { bank } = loadSurveys('surveys', { demonstration: false })
  const lists = [...bank.instruments.values()]
    .flatMap(itemsOf)
    .flatMap((item) => (item.type === 'country' ? item.options : []))
  expect(lists.length).toBeGreaterThan(248)
  for (const country of lists) expect(Object.keys(country)).toEqual(['code', 'fr', 'en'])
})

test('both modes read the same questions, plans and groupings', () => {
  const [one, other] = [true, false].map((demonstration) => loadSurveys('surveys', { demonstration }))
  expect(one!.bank).toEqual(other!.bank)
  expect(one!.plans).toEqual(other!.plans)
  expect(one!.frame.dimensions).toEqual(other!.frame.dimensions)
})

describe('a fault', () => {
  const root = mkdtempSync(join(tmpdir(), 'retour-surveys-'))
  const folder = join(root, 'surveys')
  beforeEach(() => cpSync('surveys', folder, { recursive: true }))
  afterEach(() => rmSync(folder, { recursive: true }))
  afterAll(() => rmSync(root, { recursive: true }))

  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const put = (file: string, text: string) => writeFileSync(join(folder, file), text)

  /** Writes `by` in the place of the first `text` of a file, and returns the line it now stands on. */
  function replace(file: string, text: string, by: string): number {
    const before = read(file)
    if (!before.includes(text)) throw new Error(`${file} no longer has: ${text}`)
    put(
      file,
      before.replace(text, () => by),
    )
    return before.slice(0, before.indexOf(text)).split('\n').length
  }

  /** The line of a file where a text first stands. */
  const lineOf = (file: string, text: string): number =>
    read(file)
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1

  function complaints(): string[] {
    try {
      loadSurveys(folder, { demonstration: false })
    } catch (error) {
      expect(error).toBeInstanceOf(FileError)
      return (error as FileError).message.split('\n')
    }
    return []
  }

  /** Expects one complaint of a file and line, each other complaint to follow from it and to have its place too. */
  function expectComplaint(file: string, line: number, reason: RegExp): void {
    const told = complaints()
    const place = `${join(folder, file)}:${line}: `
    const [found] = told.filter(
      (complaint) => complaint.startsWith(place) && reason.test(complaint.slice(place.length)),
    )
    expect(found ?? told).toBeTypeOf('string')
    for (const complaint of told) expect(complaint.slice(folder.length)).toMatch(/^\/[\w/.-]+\.(yaml|csv):\d+: \S/)
  }

  test('is not found where there is none', () => {
    expect(complaints()).toEqual([])
  })

  describe('within one file', () => {
    test.each([
      ['a type of item that does not exist', 'items/profile.yaml', 'type: year', 'type: number', /type/],
      ['a number where a text is due', 'measures.yaml', 'label: { fr: Comp', 'label: { fr: 12, en: Comp', /./],
      [
        'an option that stands twice',
        'scales.yaml',
        '{ code: 2, fr: Peu',
        '{ code: 1, fr: Peu',
        /option 1 stands twice/,
      ],
      ['a wave that is no wave', 'waves/standard.yaml', 'wave: w3', 'wave: third', /a wave is w and a number/],
      ['a duration that is none', 'waves/standard.yaml', 'opens: P12M', 'opens: 12 months', /ISO 8601 duration/],
      ['mail in the night', 'waves/standard.yaml', "sendAt: '10:00'", "sendAt: '22:00'", /between 08:00 and 19:59/],
      ['a blackout in no month', 'waves/standard.yaml', 'from: 12-20', 'from: 13-20', /not a month and day/],
      ['a reminder before any invitation', 'waves/standard.yaml', 'kind: invitation', 'kind: reminder', /invitation/],
      ['a baseline that is no wave', 'waves/standard.yaml', 'baseline: w0', 'baseline: w7', /is not one of the waves/],
      ['an address that is none', 'programmes/tevo.yaml', 'contact: suivi@', 'contact: suivi', /email/i],
      ['a fact nobody records', 'segments.yaml', 'fact: gender', 'fact: income', /./],
      ['a line that is no country', 'countries.csv', 'AE;', 'Emirates;', /two capitals and two names/],
      ['a country without a region', 'countries.csv', 'Emirates;145', 'Emirates;Asia', /and a region/],
      ['a region that is no number', 'segments.yaml', "m49: ['011']", 'm49: [Africa]', /m49/],
      ['a subject that shouts', 'mails.yaml', 'fr: Reprenez où', 'fr: REPRENEZ où', /a word in capitals/],
      ['a value a mail does not have', 'mails.yaml', 'fr: Si oui', 'fr: Le {date}', /has no value for date/],
      ['a page in a mail', 'mails.yaml', 'fr: Le prochain', 'fr: Voyez retour.example. Le', /address of a page/],
    ])('such as %s is told with its line', (_, file, text, by, reason) => {
      const line = replace(file, text, by)
      expectComplaint(file, line, reason)
    })

    test('such as YAML that does not close is told with the line where it no longer can be read', () => {
      const line = replace('items/situation.yaml', 'type: single', 'type: [single')
      const [first] = complaints()
      expect([line, line + 1].map((near) => `${join(folder, 'items/situation.yaml')}:${near}`)).toContain(
        first!.slice(0, first!.indexOf(': ')),
      )
    })

    test('such as a key written twice is told with the line of the second', () => {
      const line = replace('items/situation.yaml', '    core: true', '    core: true\n    core: false')
      expectComplaint('items/situation.yaml', line + 1, /unique/)
    })

    test('such as a key that does not exist is told with the line of what carries it', () => {
      replace('items/situation.yaml', '    routing: true', '    roting: true')
      expectComplaint('items/situation.yaml', lineOf('items/situation.yaml', 'item: ACT_NOW'), /roting/)
    })

    test('such as a code in small letters is told with its line', () => {
      const line = replace('items/satisfaction.yaml', 'item: NPS_REC', 'item: nps_rec')
      expectComplaint('items/satisfaction.yaml', line, /capital letters/)
    })

    test('such as a missing translation is told with the line of what lacks it', () => {
      const line = replace(
        'items/satisfaction.yaml',
        'low: { fr: très mauvaise, en: very poor }',
        'low: { fr: mauvaise }',
      )
      expectComplaint('items/satisfaction.yaml', line, /en/)
    })

    /** Writes lines after a line of an item, a level deeper than its dash. */
    const add = (file: string, after: string, ...lines: string[]) =>
      replace(file, after, [after, ...lines.map((line) => `    ${line}`)].join('\n'))

    test.each([
      [
        'a text with a value nobody knows',
        'situation',
        'depuis {anchor}, indiquez',
        'depuis {ancre}, indiquez',
        /text: has no value for ancre$/,
      ],
      [
        'what is shown again with a value nobody knows',
        'situation',
        '« {answer} ». Est-ce',
        '« {réponse} ». Est-ce',
        /carryForward: has no value for réponse$/,
      ],
      ['a row that stands twice', 'satisfaction', 'row: TUTOR', 'row: PREP', /row PREP stands twice/],
      ['a state that stands twice', 'situation', 'code: A, fr', 'code: E, fr', /state E stands twice/],
      ['a state that is a word', 'situation', 'code: A, fr', 'code: AB, fr', /one capital letter/],
      ['a least that is more than the most', 'profile', 'max: 2015', 'max: 1929', /max: is less than min/],
      ['a number that would be a missing code', 'profile', 'code: 0, fr: Aucun', 'code: -1, fr: Aucun', />=0/],
      ['a link that is none', 'wellbeing', 'https://findahelpline.com/', 'findahelpline.com', /url/i],
      ['a text longer than any', 'satisfaction', 'maxLength: 500', 'maxLength: 5000', /<=2000/],
    ])('such as %s is told with its line', (_, module, text, by, reason) => {
      const file = `items/${module}.yaml`
      expectComplaint(file, replace(file, text, by), reason)
    })

    test.each([
      [
        'a sensitive answer shown again',
        'wellbeing',
        'item: RET_BACK',
        ['carryForward: { fr: Avant, en: Before }'],
        1,
        /a sensitive answer is never shown again/,
      ],
      [
        'routing by several answers',
        'engagement',
        'item: TER_ACT',
        ['routing: true'],
        1,
        /only a single choice can be routing/,
      ],
      [
        'routing by a grid',
        'satisfaction',
        'item: SAT_GRID',
        ['routing: true'],
        1,
        /only a single choice can be routing/,
      ],
      ['routing by what may not be known', 'situation', 'item: ACT_NOW', ['dontKnow: true'], 1, /must be answered/],
      [
        'routing by what is asked once',
        'situation',
        'item: ACT_NOW',
        ['once: true'],
        1,
        /whenever others depend on it/,
      ],
      [
        'a condition on what is asked once',
        'situation',
        'item: JOB_TIME',
        ['once: true'],
        1,
        /both conditional and asked once/,
      ],
    ] as const)('such as %s is told with its line', (_, module, item, lines, below, reason) => {
      const file = `items/${module}.yaml`
      expectComplaint(file, add(file, item, ...lines) + below, reason)
    })

    test('such as two of them is told twice', () => {
      const lines = [
        replace('waves/standard.yaml', 'opens: P12M', 'opens: a year'),
        replace('waves/standard.yaml', 'opens: P24M', 'opens: two years'),
      ]
      expect(complaints().map((complaint) => complaint.split(':')[1])).toEqual(lines.map(String))
    })
  })

  describe('between files', () => {
    test.each([
      [
        'an item no file has',
        'instruments/w1.yaml',
        'OPEN_IMP',
        'OPEN_ALL',
        'instrument: w1',
        /there is no item OPEN_ALL/,
      ],
      [
        'an item asked twice',
        'instruments/w1.yaml',
        '[SAT_GLOB, SAT_GRID, NPS_REC]',
        '[SAT_GLOB, SAT_GLOB, NPS_REC]',
        'instrument: w1',
        /item SAT_GLOB stands twice/,
      ],
      [
        'a question before the one it depends on',
        'instruments/w1.yaml',
        '[ACT_NOW]',
        '[JOB_CONTRACT]',
        'instrument: w1',
        /JOB_CONTRACT depends on ACT_NOW/,
      ],
      [
        'a scale no file has',
        'items/competences.yaml',
        'scale: L5A',
        'scale: L7Z',
        'item: CMP_PLAN_R',
        /there is no scale L7Z/,
      ],
      [
        'an item that stands twice',
        'items/satisfaction.yaml',
        'item: NPS_REC',
        'item: SAT_GLOB',
        null,
        /item SAT_GLOB stands twice/,
      ],
      [
        'a measure of an item of another kind',
        'measures.yaml',
        'OUV_BELONG]',
        'SAT_GLOB]',
        'measure: OUV_IDX',
        /SAT_GLOB is not a likert item/,
      ],
      [
        'a measure that stands twice',
        'measures.yaml',
        'measure: OUV_IDX',
        'measure: CMP_IDX',
        null,
        /measure CMP_IDX stands twice/,
      ],
      [
        'a plan no file has',
        'programmes/tevo.yaml',
        'plan: standard',
        'plan: swift',
        'programme: tevo',
        /there is no plan swift/,
      ],
      [
        'a dimension no file has',
        'programmes/tevo.yaml',
        'changeBy: [dispositif',
        'changeBy: [income',
        'programme: tevo',
        /there is no dimension income/,
      ],
      [
        'a category of a code no list has',
        'segments.yaml',
        'codes: [VSI]',
        'codes: [VSL]',
        'dimension: dispositif',
        /VSL is not a code of dispositif/,
      ],
      [
        'a region no country is in',
        'segments.yaml',
        "m49: ['015']",
        "m49: ['015', '419']",
        'dimension: region',
        /419 is not a region of country/,
      ],
      [
        'a region where there are codes',
        'segments.yaml',
        'codes: [VSI]',
        "m49: ['011']",
        'dimension: dispositif',
        /011 is not a region of dispositif/,
      ],
      [
        'a dimension that stands twice',
        'segments.yaml',
        'dimension: gender',
        'dimension: direction',
        null,
        /dimension direction stands twice/,
      ],
      ['a scale that stands twice', 'scales.yaml', 'scale: F5', 'scale: L5A', null, /scale L5A stands twice/],
    ])('such as %s is told with the file and line of what has it', (_, file, text, by, subject, reason) => {
      const changed = replace(file, text, by)
      expectComplaint(file, subject ? lineOf(file, subject) : changed, reason)
    })

    test.each([
      [
        'routing on an item that may be left blank',
        'items/situation.yaml',
        '    routing: true\n',
        '',
        /JOB_CONTRACT depends on ACT_NOW, which must be a single choice marked routing/,
      ],
      [
        'more questions than minutes',
        'instruments/w1.yaml',
        'minutes: 6',
        'minutes: 5',
        /takes \d\.\d minutes, and says 5/,
      ],
      [
        'a row of a grid nobody wrote',
        'instruments/w1.yaml',
        'SAT_GRID',
        'SAT_GRID_PREP',
        /there is no item SAT_GRID_PREP/,
      ],
      ['a grid asked twice', 'instruments/w1.yaml', 'OPEN_IMP', 'SAT_GRID', /item SAT_GRID_PREP stands twice/],
    ])('such as %s is told where it is asked', (_, file, text, by, reason) => {
      replace(file, text, by)
      expectComplaint('instruments/w1.yaml', lineOf('instruments/w1.yaml', 'instrument: w1'), reason)
    })

    test('such as a grid on a scale no file has is told with the line of the grid', () => {
      replace('items/satisfaction.yaml', 'scale: S5', 'scale: S7')
      expectComplaint('items/satisfaction.yaml', lineOf('items/satisfaction.yaml', 'item: SAT_GRID'), /no scale S7/)
    })

    test('such as routing on an option that does not exist is told where it is asked', () => {
      replace('items/situation.yaml', 'in: [1, 3]', 'in: [1, 33]')
      for (const name of ['w1', 'w2', 'w3', 'w4', 'w5']) {
        const file = `instruments/${name}.yaml`
        expectComplaint(file, lineOf(file, 'instrument:'), /JOB_CONTRACT depends on an option ACT_NOW does not have/)
      }
    })

    test.each([
      ['instrument', 'instruments', 'w1'],
      ['plan', 'waves', 'standard'],
      ['programme', 'programmes', 'tevo'],
    ])('such as the same %s in two files is told with the second', (kind, home, name) => {
      put(`${home}/zz.yaml`, `# a copy\n\n${read(`${home}/${name}.yaml`)}`)
      const line = lineOf(`${home}/zz.yaml`, `${kind}: ${name}`)
      expectComplaint(`${home}/zz.yaml`, line, new RegExp(`${kind} ${name} stands twice`))
    })

    test('such as a programme of the other mode that does not fit is told all the same', () => {
      replace('programmes/demo.yaml', 'plan: standard', 'plan: swift')
      expectComplaint('programmes/demo.yaml', lineOf('programmes/demo.yaml', 'programme: demo'), /no plan swift/)
    })
  })

  test.each(readdirSync('surveys').filter((name) => !/^(README|demonstration|schemas)/.test(name)))(
    'such as no %s at all is told by its name',
    (name) => {
      rmSync(join(folder, name), { recursive: true })
      expect(complaints()).toEqual([`${join(folder, name)}: is missing`])
    },
  )

  test('such as no folder at all is told by the name of everything in it', () => {
    expect(() => loadSurveys(join(folder, 'elsewhere'), { demonstration: true })).toThrow(FileError)
    expect(() => loadSurveys(join(folder, 'elsewhere'), { demonstration: true })).toThrow(/items: is missing\n/)
  })
})
