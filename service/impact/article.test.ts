// Checks that research pages, their charts and their files say the figures of published tables and no other: every number
// on a page is accounted for, in both languages, for everybody and by groups.
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { type Bilingual, LANGUAGES, type Language, type Words, wordsIn } from '../platform/i18n.ts'
import { openLibrary } from '../publications/library.queries.ts'
import type { Manifest, PublishedTable, TableOf } from '../publications/tables.ts'
import { FOUR_WAVES, publishFourWaves } from '../publications/testing.ts'
import { openTestService, type TestService } from '../testing.ts'

let service: TestService
let app: ReturnType<typeof createApp>
const published = new Map<string, { manifest: Manifest; tables: PublishedTable[] }>()

beforeAll(async () => {
  service = await openTestService('PGlite', '2026-10-20T12:00:00Z')
  await publishFourWaves(service)
  app = createApp(service)
  const library = openLibrary(service.db)
  for (const wave of FOUR_WAVES.waves) {
    const id = idOf(wave)
    const { manifest } = (await library.find(id))!
    const names = manifest.tables.flatMap(({ table, by }) => by.map((one) => [table, one.by] as const))
    const tables = await Promise.all(names.map(async ([table, by]) => (await library.readTable(id, table, by))!))
    published.set(wave, { manifest, tables })
  }
})
afterAll(() => service.close())

const idOf = (wave: string): string => `tevo.${FOUR_WAVES.cohort}.${wave}.1`
const ask = (path: string) => app.request(path)
const splitsOf = (wave: string): string[] =>
  [...new Set(published.get(wave)!.tables.map(({ by }) => by))].filter((by) => by !== 'total')

/** The tables of a publication by one split that a page may tell of. */
const tablesOf = (wave: string, by = 'total'): PublishedTable[] =>
  published.get(wave)!.tables.filter((table) => table.by === by && !table.table.startsWith('item.'))
const kind = <Kind extends PublishedTable['kind']>(tables: PublishedTable[], name: Kind): TableOf<Kind>[] =>
  tables.filter((table): table is TableOf<Kind> => table.kind === name)

// ---------------------------------------------------------------- how figures are written, told apart from the pages

/** Spaces made one; without the markup. */
const plain = (html: string): string =>
  html
    .replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()

type Interval = { low: number; high: number } | null

function writerIn(language: Language) {
  const words = wordsIn(language)
  const t: Words = (...said) => plain(words(...said))
  const number = (value: number, decimals: number) => {
    const digits = Math.abs(Math.round(value * 10 ** decimals) / 10 ** decimals).toFixed(decimals)
    return language === 'fr' ? digits.replace('.', ',') : digits
  }
  const signed = (value: number, decimals = 1) => {
    const digits = number(value, decimals)
    return /[1-9]/.test(digits) ? `${value > 0 ? '+' : '−'}${digits}` : digits
  }
  const whole = (share: number) => number(100 * share, 0)
  const percent = (share: number) => (language === 'fr' ? `${whole(share)} %` : `${whole(share)}%`)
  const between = (interval: Interval) =>
    interval
      ? language === 'fr'
        ? `${whole(interval.low)} à ${whole(interval.high)} %`
        : `${whole(interval.low)} to ${whole(interval.high)}%`
      : '–'
  const share = (of: { share: number | null; atMost: number | null; atLeast: number | null }) => {
    if (of.share !== null) return percent(of.share)
    if (of.atMost !== null) return `${language === 'fr' ? 'au plus' : 'at most'} ${percent(of.atMost)}`
    return of.atLeast === null
      ? t('impact.withheld')
      : `${language === 'fr' ? 'au moins' : 'at least'} ${percent(of.atLeast)}`
  }
  return {
    t,
    number,
    signed,
    whole,
    percent,
    between,
    share,
    of: (label: Bilingual) => plain(label[language]),
  }
}

type Writer = ReturnType<typeof writerIn>

/** What must stand on the page of everybody: each sentence and each row that has figures in it. */
function saidOfEverybody(wave: string, w: Writer): string[] {
  const tables = tablesOf(wave)
  const { t } = w
  const first = <Cell>({ cells }: { cells: Cell[] }): Cell => cells[0]!
  const between = (interval: Interval, say: (value: number) => string) => ({
    low: say(interval!.low),
    high: say(interval!.high),
  })
  const said: string[] = []

  /** What may have gone up, or down, or neither, as far as the figures that are written can tell. */
  const moves: { label: string; low: number; high: number; points: string }[] = []
  const verdict = (interval: { low: number; high: number }): 'rising' | 'falling' | 'undecided' => {
    const [low, high] = [interval.low, interval.high].map((end) => w.signed(end))
    return low!.startsWith('+') ? 'rising' : high!.startsWith('−') ? 'falling' : 'undecided'
  }
  const move = (label: Bilingual, estimate: number, { low, high }: { low: number; high: number }) =>
    moves.push({ label: w.of(label), low, high, points: w.signed(estimate) })

  for (const { rates } of kind(tables, 'response').map(first))
    said.push(t('impact.response.rate', { rate: w.whole(rates!.rr2!) }))
  for (const table of kind(tables, 'change')) {
    const { estimate, interval } = first(table)
    if (interval !== null) move(table.label, estimate!, interval)
  }
  for (const table of kind(tables, 'share change')) {
    const { before, after, estimate, interval, n } = first(table)
    if (estimate === null) continue
    const points = between(interval, (value) => w.signed(100 * value))
    const figures = {
      before: w.whole(before!),
      after: w.whole(after!),
      estimate: w.signed(100 * estimate),
      ...points,
      n: n!,
    }
    const ends = { low: 100 * interval!.low, high: 100 * interval!.high }
    move(table.label, 100 * estimate, ends)
    said.push(
      `${t('impact.change.share', { label: w.of(table.label), ...figures })} ${t(`impact.direction.${verdict(ends)}`)}`,
    )
  }
  for (const direction of ['rising', 'falling', 'undecided'] as const) {
    const moved = moves.filter((one) => verdict(one) === direction)
    const names = moved.map(({ label, points }) =>
      direction === 'undecided' ? label : t('impact.summary.moved', { label, estimate: points }),
    )
    if (moved.length > 0) said.push([t(`impact.summary.${direction}`), ...names].join(' '))
  }
  for (const table of kind(tables, 'comparison')) {
    const { estimate, interval } = first(table)
    if (estimate !== null)
      said.push(
        t('impact.compared', {
          label: w.of(table.label),
          estimate: w.signed(estimate),
          ...between(interval, w.signed),
        }),
      )
  }
  const isCompared = kind(tables, 'comparison').some(({ cells }) => cells[0]!.estimate !== null)
  for (const { cells } of isCompared ? kind(tables, 'balance') : [])
    for (const { dimensionLabel, label, volunteers, comparison, difference } of cells) {
      const part = ({ n, count }: typeof volunteers) => (n === null ? '–' : t('impact.part', { count: count!, n }))
      const gap = difference === null ? (volunteers.n === null ? t('impact.withheld') : '–') : w.signed(difference, 2)
      said.push(`${w.of(dimensionLabel)} – ${w.of(label)} ${part(volunteers)} ${part(comparison)} ${gap}`)
    }
  for (const table of kind(tables, 'change')) {
    const { n, estimate, interval } = first(table)
    const finding = t('impact.change.finding', {
      n: n!,
      estimate: w.signed(estimate!),
      ...between(interval, w.signed),
    })
    said.push(`${finding} ${t(`impact.direction.${verdict(interval!)}`)}`)
    const groups = published.get(wave)!.tables.filter((one) => one.table === table.table) as TableOf<'change'>[]
    said.push(...groups.flatMap(({ cells }) => cells.map((cell) => estimateRow(cell, w.signed, w))))
  }
  for (const table of kind(tables, 'mean')) {
    const { n, estimate, interval } = first(table)
    const tenths = (value: number) => w.number(value, 1)
    if (table.range === 10)
      said.push(
        t('impact.mean.finding', {
          label: w.of(table.label),
          n: n!,
          estimate: tenths(estimate!),
          ...between(interval, tenths),
        }),
      )
  }
  for (const { estimate, interval, n } of kind(tables, 'recommendation').map(first)) {
    const points = (value: number) => w.signed(value, 0)
    said.push(t('impact.nps.finding', { estimate: points(estimate!), ...between(interval, points), n: n! }))
  }
  const isWeighted = toldShares(tables).some(({ cells }) => cells[0]!.weighted !== null)
  for (const table of toldShares(tables)) {
    const { weighted } = first(table)
    const corrected = weighted ? `${w.percent(weighted.share)} ${w.between(weighted.interval)}` : '– –'
    said.push(`${w.of(table.label)} ${shareRow(first(table), w)}${isWeighted ? ` ${corrected}` : ''}`)
  }
  for (const table of kind(tables, 'distribution'))
    for (const share of first(table).shares)
      said.push(`${w.of(share.label)} ${share.count ?? '–'} ${w.share(share)} ${w.between(share.interval)}`)
  for (const { cells } of kind(tables, 'states'))
    for (const { label, base, shares } of cells)
      said.push(
        `${w.of(label)} ${base ?? '–'} ${shares.map((share) => (base === null ? '–' : w.share(share))).join(' ')}`,
      )
  for (const { rows } of kind(tables, 'transition').map(first))
    for (const { label, n, shares } of rows)
      said.push(`${w.of(label)} ${n === null ? t('impact.withheld') : [n, ...shares.map(w.share)].join(' ')}`)
  for (const table of kind(tables, 'survival')) {
    const { intervals } = first(table)
    const last = intervals.filter(({ share }) => share !== null).at(-1)!
    const ends = between(last.interval, w.whole)
    const reached = { label: w.of(table.label), share: w.whole(last.share!), ...ends, months: last.to }
    said.push(t('impact.survival.finding', reached))
    said.push(...intervals.map((one) => lifeRow(one, w)))
  }
  for (const { cells } of kind(tables, 'retention')) {
    const last = cells.at(-1)!
    const { n, eligible, waveRate } = last
    said.push(t('impact.response', { responded: n!, eligible, rate: w.whole(waveRate!) }))
    if (cells.length > 1)
      said.push(t('impact.retention.finding', { first: cells[0]!.n!, share: w.whole(last.retention!) }))
    for (const { label, eligible, n, withFirst, balanced } of cells)
      said.push(`${w.of(label)} ${eligible} ${n} ${withFirst} ${balanced}`)
  }
  for (const { cells } of kind(tables, 'register'))
    for (const { indicatorLabel, label, count, share } of cells) {
      const figures = [count ?? (share === null ? t('impact.withheld') : '–'), share === null ? '–' : w.percent(share)]
      said.push(`${w.of(indicatorLabel)} – ${w.of(label)} ${figures.join(' ')}`)
    }
  return said
}

/** The same for the page of a split. */
function saidOfGroups(wave: string, by: string, w: Writer): string[] {
  const tables = tablesOf(wave, by)
  const said: string[] = []
  for (const { cells } of kind(tables, 'response'))
    for (const { label, eligible, dispositions, rates } of cells) {
      const figures = dispositions
        ? [dispositions.I + dispositions.P, w.percent(rates!.rr2!)]
        : [w.t('impact.withheld'), '–']
      said.push(`${w.of(label)} ${eligible} ${figures.join(' ')}`)
    }
  const tenths = (value: number) => w.number(value, 1)
  for (const { cells } of kind(tables, 'change')) said.push(...cells.map((cell) => estimateRow(cell, w.signed, w)))
  for (const { cells } of kind(tables, 'mean')) said.push(...cells.map((cell) => estimateRow(cell, tenths, w)))
  for (const { label, cells } of toldShares(tables))
    said.push(w.of(label), ...cells.map((cell) => `${w.of(cell.label)} ${shareRow(cell, w)}`))
  for (const { cells } of kind(tables, 'distribution'))
    for (const { label, n, shares } of cells) {
      const parts = shares.map((share) =>
        share.interval === null ? w.share(share) : `${w.share(share)} (${w.between(share.interval)})`,
      )
      said.push(`${w.of(label)} ${n ?? '–'} ${parts.join(' ')}`)
    }
  for (const { cells } of kind(tables, 'survival'))
    for (const { label, intervals } of cells) said.push(...intervals.map((one) => `${w.of(label)} ${lifeRow(one, w)}`))
  return said
}

type Estimated = { label: Bilingual; n: number | null; estimate: number | null; interval: Interval }

const estimateRow = ({ label, n, estimate, interval }: Estimated, say: (value: number) => string, w: Writer): string =>
  interval === null
    ? `${w.of(label)} – ${w.t('impact.withheld')} –`
    : `${w.of(label)} ${n} ${say(estimate!)} ${w.t('impact.interval', { low: say(interval.low), high: say(interval.high) })}`

const shareRow = (cell: TableOf<'share'>['cells'][number], w: Writer): string =>
  `${cell.base ?? '–'} ${w.share(cell)} ${w.between(cell.interval)}`

const lifeRow = (
  { to, atRisk, share, interval }: TableOf<'survival'>['cells'][number]['intervals'][number],
  w: Writer,
): string =>
  `${to} ${atRisk ?? '–'} ${share === null ? w.t('impact.withheld') : w.percent(share)} ${w.between(interval)}`

const toldShares = (tables: PublishedTable[]): TableOf<'share'>[] =>
  kind(tables, 'share').filter(({ table }) => table.startsWith('share.'))

/** Words of the pages that have figures in them whatever is published. */
function alwaysSaid(wave: string, { t, of }: Writer): string[] {
  const { manifest } = published.get(wave)!
  const captions = ['changes', 'shares', 'survival', 'states', 'retention', 'groups'] as const
  return [
    ...captions.map((name) => t(`impact.${name}.chart`)),
    ...kind(tablesOf(wave), 'change').map(({ label }) => t('impact.chart', { measure: of(label) })),
    ...(
      ['impact.method.interval', 'impact.column.interval', 'impact.balance.intro', 'impact.column.rate'] as const
    ).map((word) => t(word)),
    t('impact.source', { publication: manifest.publication, instruments: manifest.instruments.join(', ') }),
    `/api/v1/publications/${manifest.publication}`,
    ...FOUR_WAVES.waves.map((wave) => `(${idOf(wave)})`),
  ]
}

/** What is left with a figure in it once all that was to be said is taken away. */
function leftOver(text: string, said: readonly string[]): string[] {
  let left = text
  for (const one of said.toSorted((a, b) => b.length - a.length)) left = left.replaceAll(one, ' | ')
  return left.split(' | ').filter((part) => /\d/.test(part))
}

describe.each(LANGUAGES)('in %s', (language) => {
  const w = writerIn(language)

  test.each(FOUR_WAVES.waves)(
    'the page of %s says what is published of everybody, and no other number',
    async (wave) => {
      const text = plain(await (await ask(`/impact/${idOf(wave)}?lang=${language}`)).text())
      const said = saidOfEverybody(wave, w)
      expect(said.length).toBeGreaterThan(20)
      expect(said.filter((one) => !text.includes(one))).toEqual([])
      expect(leftOver(text, [...said, ...alwaysSaid(wave, w)])).toEqual([])
    },
  )

  test('the pages by groups say what is published of each group, and no other number', async () => {
    const pages = FOUR_WAVES.waves.flatMap((wave) => splitsOf(wave).map((by) => ({ wave, by })))
    expect(pages.length).toBeGreaterThan(5)
    for (const { wave, by } of pages) {
      const text = plain(await (await ask(`/impact/${idOf(wave)}?by=${by}&lang=${language}`)).text())
      const said = saidOfGroups(wave, by, w)
      expect(said.filter((one) => !text.includes(one))).toEqual([])
      expect([by, ...leftOver(text, [...said, ...alwaysSaid(wave, w)])]).toEqual([by])
    }
  })

  test('every picture is made of published figures alone', async () => {
    for (const wave of FOUR_WAVES.waves)
      for (const by of ['total', ...splitsOf(wave)]) {
        const page = await (await ask(`/impact/${idOf(wave)}?by=${by}&lang=${language}`)).text()
        const pictures = [...page.matchAll(/src="(\/impact\/[^"]+)\.svg([^"]*)"/g)].map(
          ([, path, query]) => `${path}.json${query}`,
        )
        expect(pictures.length).toBeGreaterThan(0)
        for (const picture of pictures) {
          const { data } = (await (await ask(picture.replaceAll('&amp;', '&'))).json()) as {
            data: { values: object[] }
          }
          const table = /\/([^/]+)\.json/.exec(picture)![1]!
          const figures = figuresOf(
            published.get(wave)!.tables.filter((one) => one.table === table || !table.includes('.')),
          )
          const strange = data.values
            .flatMap((value): unknown[] => Object.values(value))
            .filter((value) => typeof value === 'number' && !figures.has(value))
          expect([picture, ...strange]).toEqual([picture])
        }
      }
  })
})

/** The numbers of some tables, shares as percent too; and what a picture has beside them: its origin, the order of states and the rest of a whole. */
function figuresOf(tables: readonly PublishedTable[]): Set<number> {
  const figures = new Set<number>([0, 1, 2, 3, 4, 5, 6])
  for (const { cells, kind } of tables) {
    for (const value of leavesOf(cells)) {
      const number = Number(value)
      figures.add(number).add(100 * number)
    }
    if (kind === 'states')
      for (const { shares } of cells) {
        const rest = 1 - shares.reduce((sum, { share }) => sum + (share ?? 0), 0)
        if (shares.some(({ atLeast }) => atLeast !== null)) figures.add(100 * rest)
      }
  }
  return figures
}

/** What stands in something at its ends, as it is written in a file; nothing for null. */
const leavesOf = (value: unknown): string[] => {
  if (value === null) return []
  if (typeof value !== 'object') return [String(value)]
  return Object.values(value).flatMap(leavesOf)
}

test('every file of a table has all it says and nothing else, under the same headings for all of a kind', async () => {
  const headings = new Map<string, string>()
  for (const wave of FOUR_WAVES.waves)
    for (const table of published.get(wave)!.tables) {
      const answer = await ask(`/impact/${idOf(wave)}/${table.table}.csv?by=${table.by}`)
      expect(answer.status).toBe(200)
      const rows = parse(await answer.text(), { delimiter: ';', bom: true }) as string[][]
      expect(headings.get(table.kind) ?? rows[0]!.join()).toBe(rows[0]!.join())
      headings.set(table.kind, rows[0]!.join())
      const written = rows.slice(1).flatMap((row) => row.slice(3).flatMap((field) => field.split(' ')))
      const meant = leavesOf(table.cells).flatMap((leaf) => leaf.split(' '))
      expect(new Set(written.filter(Boolean))).toEqual(new Set(meant.filter(Boolean)))
    }
  expect(headings.size).toBe(16)
})

test('a publication is not split by what it was not published by', async () => {
  for (const by of ['age', 'gender,age', 'total,total', '', '%00', 'constructor'])
    for (const path of ['', '/shares.svg', '/changes.json', '/response.csv'])
      expect([by, path, (await ask(`/impact/${idOf('w3')}${path}?by=${by}`)).status]).toEqual([by, path, 404])
})
