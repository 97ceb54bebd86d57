// Checks what researchers read, on both databases and in both languages: figures with their caution, and safe markup.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import type { Instrument } from '../instruments/instrument.ts'
import { storeVersion } from '../instruments/versions.queries.ts'
import { demonstrationClock } from '../platform/clock.ts'
import { LANGUAGES, type Language, sayNumber, type Words, wordsIn } from '../platform/i18n.ts'
import { ENGINES } from '../platform/testing.ts'
import { closeWave } from '../publications/close-wave.actions.ts'
import { findPublication, findTable } from '../publications/publications.queries.ts'
import { type ChangeCell, Manifest, PublishedTable, type ResponseCell, type TableOf } from '../publications/tables.ts'
import { answerWave, enrolCohort, instrumentOf } from '../publications/testing.ts'
import { openTestService, type TestService } from '../testing.ts'

const NOW = '2026-10-20T12:00:00Z'
const LATER = '2026-11-26T12:00:00Z'

/** What a reader sees of a page: its text, without markup, spaces made one. */
const textOf = (html: string): string =>
  html
    .replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')

/** An instrument as it may have been before: one item with an answer less, one with other words. */
const earlierVersion = (instrument: Instrument): Instrument => ({
  ...instrument,
  version: instrument.version - 1,
  pages: instrument.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => {
      if (item.item === 'CMP_ADAPT' && item.type === 'likert') return { ...item, options: item.options.slice(1) }
      return item.item === 'OUV_NEWS' ? { ...item, text: { fr: 'Autrement dit', en: 'In other words' } } : item
    }),
  })),
})

const spaced = (text: string): string => text.replace(/\s+/g, ' ')
const signed = (value: number, language: Language) =>
  `${value > 0 ? '+' : value < 0 ? '−' : ''}${sayNumber(Math.abs(value), language, 1)}`

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  /** The list as it was before anything was published. */
  const empty = new Map<Language, string>()
  let changes: { table: string; cells: ChangeCell[] }[]
  const ask = (path: string, headers: Record<string, string> = {}, deps: TestService = service) =>
    createApp(deps).request(path, { headers })
  const read = async (path: string, headers?: Record<string, string>) => (await ask(path, headers)).text()
  const publish = (cohort: string, wave: string) =>
    closeWave(service, { programme: 'tevo', cohort, wave, actor: 'test', early: true })

  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    for (const language of LANGUAGES) empty.set(language, await read(`/impact?lang=${language}`))
    await enrolCohort(service, 'large', 120)
    await answerWave(service, 'large', 'w0', (place) => (place % 5 < 4 ? 'complete' : null))
    await answerWave(service, 'large', 'w1', (place) => (place % 8 < 6 ? 'complete' : null))
    expect(await publish('large', 'w0')).toMatchObject({ ok: true })
    service.clock = demonstrationClock(Temporal.Instant.from(LATER))
    expect(await publish('large', 'w1')).toMatchObject({ ok: true })
    await enrolCohort(service, 'small', 30)
    await answerWave(service, 'small', 'w0', (place) => (place < 5 ? 'complete' : null))
    await answerWave(service, 'small', 'w1')
    expect(await publish('small', 'w1')).toMatchObject({ ok: true })

    const older = earlierVersion(instrumentOf(service, 'w0'))
    await storeVersion(service.db, older, 'of an earlier time')
    await enrolCohort(service, 'versions', 40)
    await answerWave(
      service,
      'versions',
      'w0',
      () => 'complete',
      () => older,
    )
    await answerWave(service, 'versions', 'w1')
    expect(await publish('versions', 'w1')).toMatchObject({ ok: true })

    const { manifest } = (await findPublication(service.db, 'tevo.large.w1.1'))!
    const kept = Manifest.parse(JSON.parse(manifest)).tables.filter(({ kind }) => kind === 'change')
    changes = await Promise.all(
      kept.map(async ({ table, by }) => {
        const splits = by.map(({ by }) => findTable(service.db, { publication: 'tevo.large.w1.1', table, by }))
        const tables = (await Promise.all(splits)).map((split) => PublishedTable.parse(JSON.parse(split!.content)))
        return { table, cells: tables.flatMap(({ cells }) => cells as ChangeCell[]) }
      }),
    )
    expect(changes.map(({ table }) => table)).toEqual(['change.CMP_IDX', 'change.OUV_IDX'])
  })
  afterAll(() => service.close())

  describe.each(LANGUAGES)('in %s', (language) => {
    const t: Words = (...said) => spaced(wordsIn(language)(...said))
    const plan = () => service.plans.get('standard')!.waves.find(({ wave }) => wave === 'w1')!

    test('an empty list says what will come, and shows no table', () => {
      expect(textOf(empty.get(language)!)).toContain(t('impact.none'))
      expect(empty.get(language)).not.toContain('<table')
    })

    test('the list names each publication with its programme, cohort, wave, size and date', async () => {
      const page = await read(`/impact?lang=${language}`)
      const text = textOf(page)
      expect(page.startsWith('<!doctype html>')).toBe(true)
      expect(page).toContain(`<html lang="${language}"`)
      expect(text).toContain(t('impact.intro'))
      expect(page).toContain(`href="/impact/tevo.large.w1.1?lang=${language}"`)
      const title = t('impact.publication.title', {
        programme: 'Territoires Volontaires',
        cohort: 'large',
        wave: plan().name[language],
      })
      expect(text).toContain(spaced(`${title} tevo.large.w1.1 120 `))
      expect(text).toContain(language === 'fr' ? '26 novembre 2026' : '26 November 2026')
    })

    test('a page says who answered, how it was made, and where its figures live for good', async () => {
      const text = textOf(await read(`/impact/tevo.large.w1.1?lang=${language}`))
      expect(text).toContain(t('impact.noise'))
      expect(text).toContain(t('impact.attribution'))
      expect(text).toContain(spaced(t('impact.source', { publication: 'tevo.large.w1.1', instruments: 'w0@2, w1@2' })))
      expect(text).toContain('https://retour.example/api/v1/publications/tevo.large.w1.1')
      const response = await findTable(service.db, { publication: 'tevo.large.w1.1', table: 'response', by: 'total' })
      const [cell] = PublishedTable.parse(JSON.parse(response!.content)).cells as ResponseCell[]
      const rate = sayNumber(100 * cell!.rates!.rr2!, language)
      expect(text).toContain(spaced(t('impact.response.rate', { rate })))
      const flow = await findTable(service.db, { publication: 'tevo.large.w1.1', table: 'retention', by: 'total' })
      const { n, eligible } = (PublishedTable.parse(JSON.parse(flow!.content)) as TableOf<'retention'>).cells.at(-1)!
      const share = sayNumber((100 * n!) / 120, language)
      expect(text).toContain(spaced(t('impact.response', { responded: n!, eligible, rate: share })))
    })

    test('a page says each finding with its estimate, its interval and its n, and nothing finer', async () => {
      const text = textOf(await read(`/impact/tevo.large.w1.1?lang=${language}`))
      for (const { cells } of changes) {
        const [{ n, estimate, interval }] = cells as [ChangeCell]
        const finding = t('impact.change.finding', {
          n: n!,
          estimate: signed(estimate!, language),
          low: signed(interval!.low, language),
          high: signed(interval!.high, language),
        })
        expect(text).toContain(spaced(finding))
      }
      expect(text).not.toMatch(/[+−]\d+[.,]\d\d/)
    })

    test('a table has every group: with figures where they are published, with the reason where they are not', async () => {
      const page = await read(`/impact/tevo.large.w1.1?lang=${language}`)
      const tables = [...page.matchAll(/<table>(.*?)<\/table>/gs)].map(([, table]) => table!)
      const [title] = t('impact.change.title', { measure: '' }).split(':').slice(1)
      const rows = tables
        .filter((table) =>
          textOf(/<caption>(.*?)<\/caption>/.exec(table)![1]!)
            .trim()
            .endsWith(title!.trim()),
        )
        .flatMap((table) => [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => textOf(row!).trim()))
      const expected = changes.flatMap(({ cells }) =>
        cells.map(({ label, n, estimate, interval }) =>
          interval === null
            ? `${label[language]} – ${t('impact.withheld')} –`
            : `${label[language]} ${n} ${signed(estimate!, language)} ${t('impact.interval', { low: signed(interval.low, language), high: signed(interval.high, language) })}`,
        ),
      )
      expect(expected.some((row) => row.endsWith(`– ${t('impact.withheld')} –`))).toBe(true)
      const heads = rows.filter((row) => row.includes(t('impact.column.interval')))
      expect(heads).toHaveLength(changes.length)
      expect(rows.filter((row) => !heads.includes(row))).toEqual(expected.map(spaced))
    })

    test('a chart stands beside its table, in the language of the page, with words for who cannot see it', async () => {
      const page = await read(`/impact/tevo.large.w1.1?lang=${language}`)
      for (const { table } of changes) {
        const [image] = [...page.matchAll(/<img [^>]*>/g)].map(([tag]) => tag).filter((tag) => tag.includes(table))
        expect(image).toContain(`src="/impact/tevo.large.w1.1/${table}.svg?lang=${language}"`)
        expect(image).toMatch(/alt="[^"]{20,}"/)
      }
    })

    test('the other language is one link away', async () => {
      const other = language === 'fr' ? 'en' : 'fr'
      for (const path of ['/impact', '/impact/tevo.large.w1.1'])
        expect(await read(`${path}?lang=${language}`)).toContain(`href="${path}?lang=${other}"`)
    })

    test('a publication of the baseline has no change, no chart and no word on what it would be due to', async () => {
      const page = await read(`/impact/tevo.large.w0.1?lang=${language}`)
      const text = textOf(page)
      expect(text).toContain(t('impact.noise'))
      expect(text).not.toContain(t('impact.attribution'))
      expect(page).not.toMatch(/<img [^>]*change/)
      expect(text).not.toContain(t('impact.changes.title'))
    })

    test('what was not computed is said with the reason, and what was reworded is marked', async () => {
      const page = textOf(await read(`/impact/tevo.versions.w1.1?lang=${language}`))
      const { manifest } = (await findPublication(service.db, 'tevo.versions.w1.1'))!
      const { refused } = Manifest.parse(JSON.parse(manifest))
      const about = refused.find(({ table }) => table === 'change.CMP_IDX')!
      expect(about.items).toEqual([{ item: 'CMP_ADAPT', comparability: 'options changed' }])
      expect(page).toContain(t('impact.refused'))
      expect(page).toContain(
        `${t('impact.refused.change', { label: about.label[language] })} ${t('impact.refused.options changed', { items: 'CMP_ADAPT' })}`,
      )
      expect(refused.filter(({ items }) => items.every(({ comparability }) => comparability === 'new'))).toEqual([])
      expect(page.split(t('impact.reworded'))).toHaveLength(2)
      expect(page).not.toContain(t('impact.change.title', { measure: about.label[language] }))
      expect(textOf(await read(`/impact/tevo.large.w1.1?lang=${language}`))).not.toContain(t('impact.reworded'))
      const baseline = textOf(await read(`/impact/tevo.large.w0.1?lang=${language}`))
      expect(baseline).not.toContain(t('impact.refused'))
    })

    test('a change too few people gave is a sentence, without a chart', async () => {
      const page = await read(`/impact/tevo.small.w1.1?lang=${language}`)
      expect(textOf(page)).toContain(t('impact.change.none'))
      expect(page).not.toMatch(/<img [^>]*change/)
      expect((await ask(`/impact/tevo.small.w1.1/change.CMP_IDX.svg?lang=${language}`)).status).toBe(404)
    })

    test('a chart is well-formed SVG with the groups that are published, the same bytes each time', async () => {
      for (const { table, cells } of changes) {
        const path = `/impact/tevo.large.w1.1/${table}.svg?lang=${language}`
        const answer = await ask(path)
        expect(answer.headers.get('Content-Type')).toBe('image/svg+xml')
        const svg = await answer.text()
        expect(faultOf(svg)).toBeNull()
        expect(await read(path)).toBe(svg)
        expect(svg).not.toMatch(/<script|href=|url\(|on\w+=/)
        const words = textOf(svg)
        expect(words).not.toContain('…')
        for (const { label, n, state } of cells)
          if (state === 'published')
            for (const word of [...label[language].split(' '), `(${n})`]) expect(words).toContain(word)
      }
    })
  })

  test('a reader who has not chosen gets the first of their languages that is spoken here', async () => {
    const languageOf = async (header: string) =>
      /<html lang="(\w+)"/.exec(await read('/impact', { 'Accept-Language': header }))?.[1]
    expect(await languageOf('en-GB,en;q=0.9')).toBe('en')
    expect(await languageOf('de-DE,en;q=0.5')).toBe('en')
    expect(await languageOf('pt')).toBe('fr')
    expect(/<html lang="(\w+)"/.exec(await read('/impact?lang=%00<b>'))?.[1]).toBe('fr')
  })

  test('a publication that does not exist is a page that says so, whatever its name', async () => {
    const HOSTILE = [
      'tevo.large.w2.1',
      '%00',
      'tevo.large.w1.1%00',
      '%FF',
      '%27or%201=1',
      '__proto__',
      'x'.repeat(8000),
    ]
    for (const name of HOSTILE) {
      for (const path of [
        `/impact/${name}`,
        `/impact/${name}/change.CMP_IDX.svg`,
        `/impact/tevo.large.w1.1/${name}.svg`,
      ]) {
        const answer = await ask(path, { 'Accept-Language': 'en' })
        expect([path, answer.status]).toEqual([path, 404])
        expect(await answer.text()).toContain(wordsIn('en')('error.notFound.title'))
      }
    }
    for (const chart of ['change.NOTHING.svg', 'mean.CMP_IDX.svg', 'change.CMP_IDX.png'])
      expect((await ask(`/impact/tevo.large.w1.1/${chart}`)).status).toBe(404)
    expect(service.logLines.filter((line) => /"level":"(error|warn)"/.test(line))).toEqual([])
  })

  test('pages are not kept by anybody on the way, charts for a day', async () => {
    expect((await ask('/impact/tevo.large.w1.1')).headers.get('Cache-Control')).toBe('no-store')
    expect((await ask('/impact/tevo.large.w1.1/change.CMP_IDX.svg')).headers.get('Cache-Control')).toBe(
      'public, max-age=86400',
    )
  })

  test('what a programme or a wave is called is text, never markup', async () => {
    const name = { fr: '<script>alert("fr")</script> & <b>', en: `"><img src=x onerror='alert(1)'>` }
    const { manifest, ...row } = (await findPublication(service.db, 'tevo.large.w1.1'))!
    const named = { ...JSON.parse(manifest), publication: 'named.large.w1.1', programme: 'named' }
    Object.assign(named.names, { programme: name, wave: name })
    await service.db
      .insertInto('publish.publication')
      .values({ ...row, id: 'named.large.w1.1', programme: 'named', manifest: JSON.stringify(named) })
      .execute()
    const tables = await service.db
      .selectFrom('publish.published_table')
      .where('publication_id', '=', 'tevo.large.w1.1')
      .selectAll()
      .execute()
    await service.db
      .insertInto('publish.published_table')
      .values(tables.map((table) => ({ ...table, publication_id: 'named.large.w1.1' })))
      .execute()
    for (const language of LANGUAGES) {
      for (const path of ['/impact', '/impact/named.large.w1.1']) {
        const page = await (await ask(`${path}?lang=${language}`)).text()
        expect(page).not.toMatch(/<script|<img src=x|<b>/)
        expect(textOf(page)).toContain(name[language])
      }
    }
  })
})

/** The first thing that is wrong with a piece of XML, or null: tags that do not pair up, bare ampersands, loose quotes. */
function faultOf(xml: string): string | null {
  const open: string[] = []
  const tag = /<(\/?)([a-zA-Z][\w:.-]*)((?:\s+[a-zA-Z_:][\w:.-]*="[^"<]*")*)\s*(\/?)>/y
  for (let at = 0; at < xml.length; ) {
    const next = xml.indexOf('<', at)
    const text = xml.slice(at, next < 0 ? undefined : next)
    const attributes: string[] = []
    if (next >= 0) {
      tag.lastIndex = next
      const found = tag.exec(xml)
      if (!found) return `no tag: ${xml.slice(next, next + 40)}`
      const [, closing, name, given = '', alone] = found
      attributes.push(given)
      if (closing && open.pop() !== name) return `${name} closes something else`
      if (!closing && !alone) open.push(name!)
      if (open.length === 0 && tag.lastIndex < xml.trimEnd().length) return 'there is more than one root'
    }
    if ([text, ...attributes].some((part) => /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(part)))
      return 'a bare ampersand'
    at = next < 0 ? xml.length : tag.lastIndex
  }
  return open.length === 0 ? null : `${open.at(-1)} is never closed`
}

test.each([
  ['<svg><g></svg>', 'svg closes something else'],
  ['<svg><g a="1"/>', 'svg is never closed'],
  ['<svg a=1></svg>', 'no tag: <svg a=1></svg>'],
  ['<svg>a & b</svg>', 'a bare ampersand'],
  ['<svg/><svg/>', 'there is more than one root'],
  ['<svg a="x &lt; y"><g b="2"/>a &amp; b</svg>', null],
])('XML such as %s is judged: %s', (xml, fault) => {
  expect(faultOf(xml)).toBe(fault)
})
