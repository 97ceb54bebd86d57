// The keeper of the house rules: reads every source as text, names what breaks a rule, and is itself shown to notice.
// A rule is a name and a function from sources to offenders; each is broken on purpose below, and must be the only one
// to complain. To allow something, change the rule here and say why.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

type Source = { path: string; text: string }
type Rule = { rule: string; offenders: (sources: readonly Source[]) => string[] }

// ---------------------------------------------------------------- reading sources

/** Its own examples break every rule on purpose. */
const KEEPER = 'service/architecture.test.ts'

/** Every file of the project that is not ignored by git. */
function readProject(): Source[] {
  const ignored = readFileSync('.gitignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new RegExp(`^${line.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
  const walk = (folder: string): Source[] =>
    readdirSync(folder || '.', { withFileTypes: true }).flatMap((entry) => {
      if (entry.name === '.git' || ignored.some((pattern) => pattern.test(entry.name))) return []
      const path = posix.join(folder, entry.name)
      return entry.isDirectory() ? walk(path) : [{ path, text: readFileSync(path, 'utf8') }]
    })
  return walk('').filter(({ path }) => path !== KEEPER)
}

const isCode = ({ path }: Source) => /\.tsx?$/.test(path)
const isTest = ({ path }: Source) => /\.test\.tsx?$|(^|\/)testing[\w-]*\.tsx?$/.test(path)
const inService = (source: Source) => isCode(source) && source.path.startsWith('service/')
const inProduction = (source: Source) => inService(source) && !isTest(source)
/** The capability a file belongs to; null for the files of service/ itself. */
const folderOf = (path: string) => /^service\/([^/]+)\//.exec(path)?.[1] ?? null
const inPlatform = ({ path }: Source) => folderOf(path) === 'platform'
/** What stands between a file's name and its extension: `queries`, `routes.test`, or nothing. */
const suffixOf = ({ path }: Source) => posix.basename(path).split('.').slice(1, -1).join('.')
const hasSuffix =
  (...suffixes: string[]) =>
  (source: Source) =>
    suffixes.includes(suffixOf(source))

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const QUOTED = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y
const PATTERN = /(?<=(?:^|[(,=:[!&|?;{]|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/my
const TEMPLATE_PART = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y

type Part = 'code' | 'comment' | 'string' | 'pattern'

/** What each character of a source belongs to; quotes and the `${…}` of templates are code. */
function partsOf(text: string): Part[] {
  const parts = Array<Part>(text.length).fill('code')
  /** For each template whose `${` is open, how many other braces are. */
  const templates: number[] = []
  let at = 0
  const take = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0].length ?? 0
  }
  while (at < text.length) {
    const [comment, quoted, regular] = [take(COMMENT), take(QUOTED), take(PATTERN)]
    if (comment) parts.fill('comment', at, at + comment)
    else if (quoted) parts.fill('string', at + 1, at + quoted - 1)
    else if (regular) parts.fill('pattern', at, at + regular)
    const closes = text[at] === '}' && templates.at(-1) === 0
    if (closes) templates.pop()
    else if (templates.length > 0 && '{}'.includes(text[at]!))
      templates[templates.length - 1]! += text[at] === '{' ? 1 : -1
    at += comment || quoted || regular || 1
    if (closes || (!comment && !quoted && !regular && text[at - 1] === '`')) {
      const said = take(TEMPLATE_PART)
      parts.fill('string', at, at + said)
      at += said
      if (text[at] === '$') templates.push(0)
      at += text[at] === '$' ? 2 : 1
    }
  }
  return parts
}

const cut = new Map<string, Part[]>()
/** A text of the same length and lines, blank but for some of its parts. */
const only =
  (...wanted: Part[]) =>
  (text: string): string => {
    const parts = cut.get(text) ?? partsOf(text)
    cut.set(text, parts)
    return text.replace(/[^\n]/g, (character, index: number) => (wanted.includes(parts[index]!) ? character : ' '))
  }

const views = { code: only('code'), strings: only('string'), uncommented: only('code', 'string', 'pattern') } as const

/** Where a pattern is found in one view of some sources: `path:line: what`. */
const found = (sources: readonly Source[], view: keyof typeof views, pattern: RegExp): string[] =>
  sources.flatMap(({ path, text }) => {
    const seen = views[view](text)
    return [...seen.matchAll(new RegExp(pattern, `${pattern.flags.replace('g', '')}g`))].map(
      ({ 0: what, index }) => `${path}:${seen.slice(0, index).split('\n').length}: ${what.trim()}`,
    )
  })

type Import = { from: string; typeOnly: boolean }

/** What a file imports, whether at its top or when it runs; paths inside the project are given from its root. */
function importsOf({ path, text }: Source): Import[] {
  const seen = views.uncommented(text)
  const statements = seen.matchAll(/^(?:import|export)\b(\s+type\b)?(?:\s*|[^;='"`]*?\bfrom\s*)['"]([^'"\n]+)['"]/gm)
  const calls = seen.matchAll(/\bimport\(\s*['"`]([^'"`\n]+)['"`]/g)
  return [
    ...[...statements].map(([, type, from]) => ({ from: from!, typeOnly: type !== undefined })),
    ...[...calls].map(([, from]) => ({ from: from!, typeOnly: false })),
  ].map(({ from, typeOnly }) => ({
    from: from.startsWith('.') ? posix.join(posix.dirname(path), from) : from,
    typeOnly,
  }))
}

const importing = (sources: readonly Source[], isWrong: (imported: Import, source: Source) => boolean): string[] =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter((imported) => isWrong(imported, source))
      .map(({ from }) => `${source.path}: imports ${from}`),
  )

// ---------------------------------------------------------------- the rules

/** What may use what: a capability, itself and those before it. */
const ORDER = [
  'platform',
  'access',
  'panel',
  'instruments',
  'statistics',
  'disclosure',
  'waves',
  'publications',
  'responses',
  'mailings',
  'my-space',
  'fieldwork',
  'impact',
  'documentation',
  // Lives through all of the others, and nothing may depend on it.
  'demonstration',
]

const SUFFIXES = ['', 'queries', 'actions', 'routes', 'pages', 'mails']
const WITH_MARKUP = ['routes', 'pages', 'mails']

/** The fixed top of the tree, and what tools force there. */
const TOP = [
  ...['service', 'surveys', 'migrations', 'scripts', 'package.json', 'tsconfig.json', 'Dockerfile', 'README.md'],
  ...['package-lock.json', 'LICENSE', '.ci', '.gitignore', '.dockerignore', 'vitest.config.ts', 'biome.json'],
]

const PURE = (source: Source) =>
  inProduction(source) && folderOf(source.path) !== null && !inPlatform(source) && suffixOf(source) === ''

const IS_HONO = /^(@hono\/|hono($|\/))/
const IS_KYSELY = /^kysely($|[-/])/
const HAS_EFFECTS = /\.(queries|actions|routes)\.tsx?$/

const rules: Rule[] = [
  {
    rule: 'a capability imports from itself and from those before it, never from the root',
    // Tests are free: they drive a capability through the whole service. So are the files of service/ itself.
    offenders: (sources) => [
      ...sources
        .filter((source) => inService(source) && !ORDER.includes(folderOf(source.path) ?? 'platform'))
        .map(({ path }) => `${path}: ${folderOf(path)} has no place in the order`),
      ...importing(
        sources.filter((source) => inProduction(source) && folderOf(source.path) !== null),
        ({ from }, { path }) => {
          if (!/^(service|migrations|scripts|surveys)\//.test(from) && !from.startsWith('..')) return false
          const [own, other] = [folderOf(path)!, folderOf(from)]
          return other === null || ORDER.indexOf(other) > ORDER.indexOf(own)
        },
      ),
    ],
  },
  {
    rule: 'a file’s suffix is one of those with a contract, and only those with markup are .tsx',
    offenders: (sources) =>
      sources
        .filter((source) => inProduction(source) && folderOf(source.path) !== null)
        .filter(
          (source) =>
            !SUFFIXES.includes(suffixOf(source)) ||
            (source.path.endsWith('.tsx') && !inPlatform(source) && !WITH_MARKUP.includes(suffixOf(source))),
        )
        .map(({ path }) => path),
  },
  {
    rule: 'a file without a suffix has no effects: no database, web or Node, no waiting, no clock',
    offenders: (sources) => {
      const pure = sources.filter(PURE)
      return [
        ...importing(
          pure,
          ({ from, typeOnly }) =>
            IS_HONO.test(from) ||
            IS_KYSELY.test(from) ||
            /^(node:|postgres$|@electric-sql)/.test(from) ||
            (HAS_EFFECTS.test(from) && !typeOnly),
        ),
        ...found(pure, 'code', /\b(async|await)\b|\bclock\.now\(/),
      ]
    },
  },
  {
    rule: 'transactions are opened by actions, and by nothing that is called inside one',
    offenders: (sources) =>
      found(
        // platform/ has the door itself; root files are the actions' callers and open none either.
        sources.filter((source) => inProduction(source) && !inPlatform(source) && !hasSuffix('actions')(source)),
        'code',
        /\.(transaction|startTransaction)\(/,
      ),
  },
  {
    rule: 'an action knows neither the web nor markup',
    // A mail is text by the time an action has it, so .mails.tsx may be imported.
    offenders: (sources) =>
      importing(
        sources.filter((source) => inProduction(source) && hasSuffix('actions')(source)),
        ({ from }) =>
          IS_HONO.test(from) ||
          /\.(pages|routes)\.tsx?$/.test(from) ||
          /^service\/platform\/(http|page|forms)\.tsx$/.test(from),
      ),
  },
  {
    rule: 'SQL is written in .queries.ts and in platform/',
    offenders: (sources) =>
      found(
        sources.filter((source) => inProduction(source) && !inPlatform(source) && !hasSuffix('queries')(source)),
        'code',
        /\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|\bsql\s*[`<]/,
      ),
  },
  {
    rule: 'only .queries.ts, platform/ and tests import Kysely',
    offenders: (sources) =>
      importing(
        sources.filter((source) => inProduction(source) && !inPlatform(source) && !hasSuffix('queries')(source)),
        ({ from }) => IS_KYSELY.test(from),
      ),
  },
  {
    rule: 'pages and mails wait for nothing',
    offenders: (sources) => found(sources.filter(hasSuffix('pages', 'mails')), 'code', /\b(async|await)\b|\.then\(/),
  },
  {
    rule: 'what time it is, only platform/clock.ts asks the machine',
    offenders: (sources) =>
      found(
        sources.filter((source) => isCode(source) && source.path !== 'service/platform/clock.ts'),
        'code',
        /\bDate\.now\b|\bnew Date\b|\bTemporal\.Now\b/,
      ),
  },
  {
    rule: 'what time it is, no SQL asks the database, but for the comparison of the two clocks',
    offenders: (sources) =>
      found(
        sources.filter((source) => isCode(source) && source.path !== 'service/platform/database.ts'),
        'strings',
        /(?<![\w.])(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\(\)|\b(current_(timestamp|date|time)|localtimestamp)\b|'(now|today)'::/i,
      ),
  },
  {
    rule: 'nothing of ours is mocked',
    offenders: (sources) => found(sources.filter(isCode), 'code', /\bvi\s*\.\s*(mock|doMock)\b/),
  },
  {
    rule: 'no test is left out, alone or for later',
    offenders: (sources) =>
      found(sources.filter(isCode), 'code', /\b(test|it|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf)\b/),
  },
  {
    rule: 'text reaches a page escaped',
    offenders: (sources) => [
      ...found(sources.filter(isCode), 'code', /(?<![.\w])raw\(|\bdangerouslySetInnerHTML\b/),
      ...importing(sources.filter(inService), ({ from }) => from === 'hono/html'),
    ],
  },
  {
    rule: 'values reach SQL as parameters',
    // Tests make databases, triggers and rules of their own, which take none.
    offenders: (sources) =>
      found(
        sources.filter((source) => isCode(source) && !isTest(source)),
        'code',
        /\bsql\.(raw|lit)\b|\.unsafe\(/,
      ),
  },
  {
    rule: 'nothing is run that was not written here',
    offenders: (sources) => found(sources.filter(isCode), 'code', /(?<![.\w])eval\(|\bnew Function\b/),
  },
  {
    rule: 'chance comes from platform/secrets.ts',
    offenders: (sources) => found(sources.filter(isCode), 'code', /\bMath\.random\b/),
  },
  {
    rule: 'a signed note is verified, never just decoded',
    offenders: (sources) => found(sources.filter(isCode), 'code', /\bdecode(Jwt|ProtectedHeader)\b/),
  },
  {
    rule: 'only tests and scripts start other programs',
    offenders: (sources) =>
      importing(
        sources.filter((source) => isCode(source) && !isTest(source) && !source.path.startsWith('scripts/')),
        ({ from }) => /^(node:)?(child_process|cluster|worker_threads)$/.test(from),
      ),
  },
  {
    rule: 'the environment is read once, at the edge',
    // Tests and the measuring scripts choose their own server by it.
    offenders: (sources) =>
      found(
        sources.filter((source) => inProduction(source) && source.path !== 'service/process.ts'),
        'code',
        /\bprocess\.env\b|\bloadEnvFile\b/,
      ),
  },
  {
    rule: 'the mark of a protected figure is put on inside disclosure/ only',
    offenders: (sources) =>
      importing(
        sources.filter((source) => isCode(source) && folderOf(source.path) !== 'disclosure'),
        ({ from }) => from === 'service/disclosure/seal.ts',
      ),
  },
  {
    rule: 'what the register says is the only figure published as it is',
    offenders: (sources) =>
      importing(
        sources.filter((source) => isCode(source) && source.path !== 'service/publications/response-figures.ts'),
        ({ from }) => from === 'service/disclosure/public-figure.ts',
      ),
  },
  {
    rule: 'what is published is written by publications.queries.ts alone, and changed by nobody',
    offenders: (sources) => [
      ...found(
        sources.filter(
          (source) => inProduction(source) && source.path !== 'service/publications/publications.queries.ts',
        ),
        'uncommented',
        /\b(insertInto|mergeInto)\(\s*['"`]publish\.(?!token\b)\w+|\b(insert|merge)\s+into\s+publish\.(?!token\b)\w+/i,
      ),
      ...found(
        sources.filter(inProduction),
        'uncommented',
        /\b(updateTable|deleteFrom)\(\s*['"`]publish\.(?!token\b)\w+|\b(update|delete\s+from|truncate(\s+table)?)\s+publish\.(?!token\b)\w+/i,
      ),
    ],
  },
  {
    rule: 'a migration imports nothing of the service, which will have changed',
    offenders: (sources) =>
      importing(
        sources.filter((source) => isCode(source) && source.path.startsWith('migrations/')),
        ({ from }) => !from.startsWith('migrations/') && !IS_KYSELY.test(from),
      ),
  },
  {
    rule: 'a test sits beside what it tests: it bears the name of a neighbour or of its folder, or imports a neighbour',
    // A browser test opens a page of its folder over HTTP, and imports nothing of it.
    offenders: (sources) =>
      sources
        .filter((source) => /\.test\.tsx?$/.test(source.path) && !/\.browser\.test\.tsx?$/.test(source.path))
        .filter((source) => {
          const folder = posix.dirname(source.path)
          const stem = (path: string) => posix.basename(path).split('.')[0]!
          const neighbours = sources.filter(
            (other) => posix.dirname(other.path) === folder && isCode(other) && !/\.test\.tsx?$/.test(other.path),
          )
          return !(
            neighbours.some(({ path }) => stem(path) === stem(source.path)) ||
            posix.basename(folder) === stem(source.path) ||
            importsOf(source).some(({ from }) => neighbours.some(({ path }) => path === from))
          )
        })
        .map(({ path }) => path),
  },
  {
    rule: 'a file opens by saying what it is for',
    offenders: (sources) =>
      sources
        .filter((source) => isCode(source) && /^(service|migrations|scripts)\//.test(source.path))
        .filter(({ text }) => !/^(\/\/ \S|\/\*\*? ?\S)/.test(text))
        .map(({ path }) => path),
  },
  {
    rule: 'the top of the tree is what it was decided to be',
    offenders: (sources) =>
      [...new Set(sources.map(({ path }) => path.split('/')[0]!))].filter((name) => !TOP.includes(name)),
  },
  {
    rule: 'no code names an item of a questionnaire',
    offenders: (sources) => {
      const items = sources.filter(({ path }) => /^surveys\/items\/.*\.yaml$/.test(path))
      const codes = items.flatMap(({ text }) =>
        [...text.matchAll(/^\s*- *\{? *item: *(\w+)/gm)].map(([, code]) => code!),
      )
      return codes.length === 0
        ? ['surveys/items: no item was found']
        : found(sources.filter(inProduction), 'uncommented', new RegExp(`(?<!\\w)(${codes.join('|')})(?!\\w)`))
    },
  },
  {
    rule: 'a programme’s name stands in surveys/ and nowhere else',
    offenders: (sources) => {
      const names = sources
        .filter(({ path }) => /^surveys\/programmes\/.*\.yaml$/.test(path))
        .flatMap(({ text }) => [...(/^name: *\{ *fr: *(.+?), *en: *(.+?) *\}$/m.exec(text)?.slice(1) ?? [])])
        .map((name) => name.replace(/^['"]|['"]$/g, ''))
      return sources
        .filter((source) => inProduction(source) || isCatalogue(source))
        .flatMap(({ path, text }) => names.filter((name) => text.includes(name)).map((name) => `${path}: ${name}`))
    },
  },
  {
    rule: 'both catalogues have the same words to say, with the same placeholders',
    offenders: (sources) => {
      const [one, other] = cataloguesIn(sources)
      const holes = (text = '') => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted().join()
      return [...new Set([...one.keys(), ...other.keys()])]
        .filter((key) => !one.has(key) || !other.has(key) || holes(one.get(key)) !== holes(other.get(key)))
        .map((key) => `words: ${key}`)
    },
  },
  {
    rule: 'the catalogue says each thing once',
    offenders: (sources) => {
      const [one, other] = cataloguesIn(sources)
      const said = Map.groupBy(one.keys(), (key) => `${one.get(key)}\n${other.get(key)}`)
      return [...said.values()].filter((keys) => keys.length > 1).map((keys) => `words: ${keys.join(', ')}`)
    },
  },
  {
    rule: 'what the catalogue says, no code says again',
    // Four words and more: shorter ones are as good as names.
    offenders: (sources) => {
      const sentences = cataloguesIn(sources)
        .flatMap((words) => [...words.values()])
        .filter((text) => text.split(' ').length > 3)
      return sources.filter(inProduction).flatMap(({ path, text }) => {
        const said = views.uncommented(text)
        return sentences.filter((sentence) => said.includes(sentence)).map((sentence) => `${path}: ${sentence}`)
      })
    },
  },
]

const isCatalogue = ({ path }: Source) => /^service\/platform\/words\/(fr|en)\.json$/.test(path)

/** The words of each language by their key. */
const cataloguesIn = (sources: readonly Source[]) =>
  ['fr', 'en'].map((language) => {
    const catalogue = sources.find(({ path }) => path === `service/platform/words/${language}.json`)
    return new Map(Object.entries(JSON.parse(catalogue?.text ?? '{}') as Record<string, string>))
  }) as [Map<string, string>, Map<string, string>]

// ---------------------------------------------------------------- the sources as they are

describe('in this project', () => {
  const sources = readProject()

  test('there are sources to read', () => {
    expect(sources.filter(inProduction).length).toBeGreaterThan(80)
    expect(sources.filter(isTest).length).toBeGreaterThan(20)
  })

  test('every source is read to its end: brackets pair up once strings and comments are gone', () => {
    for (const { path, text } of sources.filter(isCode)) {
      const count = (bracket: string) => views.code(text).split(bracket).length
      expect([path, count('('), count('['), count('{')]).toEqual([path, count(')'), count(']'), count('}')])
    }
  })

  test.each(rules)('$rule', ({ offenders }) => {
    expect(offenders(sources)).toEqual([])
  })
})

// ---------------------------------------------------------------- the rules, broken one at a time

const source = (path: string, ...lines: string[]): Source => ({
  path,
  text: `// What it is for.\n${lines.join('\n')}\n`,
})
const words = (language: 'fr' | 'en', words: Record<string, string>): Source => ({
  path: `service/platform/words/${language}.json`,
  text: JSON.stringify(words),
})

/** A template with some code in it. */
const template = (code: string): string => `\`now: \${${code}}.\``

/** A small project that keeps every rule, although it comes near to breaking most. */
const GOOD: Source[] = [
  words('fr', { hello: 'Bonjour à {name}, et bienvenue', back: 'Retour', name: 'Retour' }),
  words('en', { hello: 'Welcome to this place, {name}', back: 'Back', name: 'Retour' }),
  { path: 'surveys/items/one.yaml', text: 'items:\n  - item: HAPPY\n    when: { item: SAD, in: [1] }\n' },
  { path: 'surveys/programmes/one.yaml', text: 'programme: one\nname: { fr: Grand Large, en: High Seas }\n' },
  { path: 'README.md', text: '# A project' },
  source(
    'migrations/0001-first.ts',
    "import { sql } from 'kysely'",
    'export const up = () => sql`create table now ()`',
  ),
  source('scripts/measure.ts', "import { spawn } from 'node:child_process'", 'export const url = process.env.URL'),
  source('service/process.ts', 'export const environment = process.env'),
  source(
    'service/platform/clock.ts',
    'export const now = () => Temporal.Now.instant()',
    'export const then = new Date(0)',
  ),
  source(
    'service/platform/database.ts',
    "import { Kysely, sql } from 'kysely'",
    'export const databaseNow = (db) => sql`select clock_timestamp()`.execute(db)',
    'export const within = (db) => db.transaction().execute()',
  ),
  source(
    'service/waves/dates.ts',
    "import { z } from 'zod'",
    "import { isBefore } from '../platform/clock.ts'",
    "import type { Row } from './cases.queries.ts'",
    '/** Never `new Date()`, never await, never Math.random(), whatever HAPPY says. */',
    "export const said = 'await new Date(), then vi.mock' + \"db.selectFrom()\" // eval('1')",
    'export const pattern = /["\'`]async/ // an awkward one: "',
    'export const asynchronous = (now) => z.date().min(now())',
  ),
  source('service/waves/dates.test.ts', "import { sql } from 'kysely'", "import { x } from '../impact/x.ts'"),
  source(
    'service/waves/cases.queries.ts',
    "import { sql } from 'kysely'",
    `export const find = (db, now) => db.selectFrom('fieldwork.case').where(sql${template('now')})`,
    "export const read = (db) => db.selectFrom('publish.publication')",
  ),
  source(
    'service/waves/plan.actions.ts',
    "import { invitation } from './invitation.mails.tsx'",
    "import { find } from './cases.queries.ts'",
    'export const plan = async ({ db, clock }) => db.transaction().execute((trx) => find(trx, clock.now()))',
  ),
  source(
    'service/waves/invitation.mails.tsx',
    "import { html } from 'hono/jsx'",
    'export const invitation = () => <p />',
  ),
  source(
    'service/waves/plan.routes.tsx',
    "import { Hono } from 'hono'",
    "import { plan } from './plan.actions.ts'",
    'export const routes = new Hono().get("/", async (c) => c.json(await plan()))',
  ),
  source('service/publications/publications.queries.ts', "export const add = (trx) => trx.insertInto('publish.table')"),
  source('service/disclosure/protect.ts', "import { seal } from './seal.ts'", 'export const protect = seal'),
]

const BROKEN: [string, ...Source[]][] = [
  [
    'a capability imports from itself and from those before it, never from the root',
    source('service/waves/a.ts', "import { add } from '../impact/a.ts'"),
    source('service/waves/a.ts', "import type { Page } from '../impact/a.ts'"),
    source('service/waves/a.ts', 'import {', '  a,', '  b,', "} from '../demonstration/a.ts'"),
    source('service/waves/a.ts', "export { add } from '../impact/a.ts'"),
    source('service/waves/a.ts', "const later = () => import('../impact/a.ts')"),
    source('service/waves/a.ts', "import { tick } from '../tick.ts'"),
    source('service/platform/a.ts', "import { migrations } from '../../migrations/index.ts'"),
    source('service/helpers/a.ts', 'export const helpful = true'),
  ],
  [
    'a file’s suffix is one of those with a contract, and only those with markup are .tsx',
    source('service/waves/a.service.ts'),
    source('service/waves/a.utils.ts'),
    source('service/waves/a.tsx'),
    source('service/waves/a.queries.tsx'),
  ],
  [
    'a file without a suffix has no effects: no database, web or Node, no waiting, no clock',
    source('service/waves/a.ts', "import { readFileSync } from 'node:fs'"),
    source('service/waves/a.ts', "import { Hono } from 'hono'"),
    source('service/waves/a.ts', "import type { FC } from 'hono/jsx'"),
    source('service/waves/a.ts', "import { find } from './cases.queries.ts'"),
    source('service/waves/a.ts', 'export async function decide() {}'),
    source('service/waves/a.ts', 'export const decide = ({ clock }) => clock.now()'),
    source('service/waves/a.ts', `export const text = ${template('await decide()')}`),
  ],
  [
    'transactions are opened by actions, and by nothing that is called inside one',
    source('service/waves/a.queries.ts', 'export const find = (db) => db.transaction().execute()'),
    source('service/waves/a.routes.ts', 'export const find = (db) => db.startTransaction().execute()'),
    source('service/a.ts', 'export const find = (db) => db.transaction().execute()'),
  ],
  [
    'an action knows neither the web nor markup',
    source('service/waves/a.actions.ts', "import type { Context } from 'hono'"),
    source('service/waves/a.actions.ts', "import { renderToString } from 'hono/jsx/dom/server'"),
    source('service/waves/a.actions.ts', "import { z } from '@hono/zod-openapi'"),
    source('service/waves/a.actions.ts', "import { Page } from './plan.pages.tsx'"),
    source('service/waves/a.actions.ts', "import { problem } from '../platform/http.tsx'"),
  ],
  [
    'SQL is written in .queries.ts and in platform/',
    source('service/waves/a.routes.ts', "export const find = (db) => db.selectFrom('a')"),
    source('service/waves/a.actions.ts', "export const add = (db) => db.insertInto('a')"),
    source('service/waves/a.pages.tsx', "export const change = (db) => db.updateTable('a')"),
    source('service/a.ts', "export const drop = (db) => db.deleteFrom('a')"),
    source('service/waves/a.routes.ts', 'export const find = sql`select 1`'),
  ],
  [
    'only .queries.ts, platform/ and tests import Kysely',
    source('service/waves/a.actions.ts', "import type { Insertable } from 'kysely'"),
    source('service/waves/a.routes.ts', "import { PostgresJSDialect } from 'kysely-postgres-js'"),
    source('service/a.ts', "import { Migrator } from 'kysely/migration'"),
  ],
  [
    'pages and mails wait for nothing',
    source('service/waves/a.pages.tsx', 'export const Page = async () => <p />'),
    source('service/waves/a.mails.tsx', 'export const mail = (name) => <p>{name.then(say)}</p>'),
  ],
  [
    'what time it is, only platform/clock.ts asks the machine',
    source('service/waves/a.ts', 'export const now = () => Date.now()'),
    source('service/platform/a.ts', 'export const now = new Date()'),
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", 'const now = Temporal.Now.instant()'),
    source('scripts/a.ts', `export const now = ${template('new Date().getFullYear()')}`),
  ],
  [
    'what time it is, no SQL asks the database, but for the comparison of the two clocks',
    source('service/waves/a.queries.ts', 'export const due = sql`where opens_at <= now()`'),
    source('service/waves/a.queries.ts', "export const due = db.where('opens_at', '<=', 'CURRENT_TIMESTAMP')"),
    source('migrations/0002-a.ts', 'export const up = sql`alter table a alter b set default current_date`'),
    source('service/platform/a.ts', "export const due = sql`select 'today'::date`"),
  ],
  [
    'nothing of ours is mocked',
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", "vi.mock('./dates.ts')"),
    source('service/waves/testing.ts', "vi.doMock('./dates.ts')"),
  ],
  [
    'no test is left out, alone or for later',
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", "test.skip('a', () => {})"),
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", "describe.only('a', () => {})"),
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", "test.concurrent.todo('a')"),
    source('service/waves/a.test.ts', "import { add } from './dates.ts'", "test.runIf(false)('a', () => {})"),
  ],
  [
    'text reaches a page escaped',
    source('service/waves/a.pages.tsx', 'export const Page = ({ text }) => <p>{raw(text)}</p>'),
    source('service/waves/a.pages.tsx', 'export const Page = (props) => <p dangerouslySetInnerHTML={props} />'),
    source('service/waves/a.pages.tsx', "import { html } from 'hono/html'"),
  ],
  [
    'values reach SQL as parameters',
    source('service/waves/a.queries.ts', 'export const find = (name) => sql.raw(name)'),
    source('migrations/0002-a.ts', 'export const up = (name) => sql.lit(name)'),
    source('service/platform/a.ts', 'export const find = (client, name) => client.unsafe(name)'),
  ],
  [
    'nothing is run that was not written here',
    source('service/waves/a.ts', "eval('1')"),
    source('service/a.ts', 'new Function("1")'),
  ],
  ['chance comes from platform/secrets.ts', source('service/waves/a.ts', 'export const id = Math.random()')],
  [
    'a signed note is verified, never just decoded',
    source('service/platform/a.ts', "import { decodeJwt } from 'jose'"),
  ],
  [
    'only tests and scripts start other programs',
    source('service/platform/a.ts', "import { spawn } from 'node:child_process'"),
    source('service/a.ts', "import cluster from 'node:cluster'"),
    source('service/waves/a.actions.ts', "const { exec } = await import('child_process')"),
  ],
  [
    'the environment is read once, at the edge',
    source('service/platform/a.ts', 'export const url = process.env.DATABASE_URL'),
    source('service/a.ts', "process.loadEnvFile('.env')"),
  ],
  [
    'the mark of a protected figure is put on inside disclosure/ only',
    source('service/publications/a.ts', "import { seal } from '../disclosure/seal.ts'"),
    source(
      'service/publications/a.test.ts',
      "import { x } from './publications.queries.ts'",
      "import { seal } from '../disclosure/seal.ts'",
    ),
    source('scripts/a.ts', "import { type Protected } from '../service/disclosure/seal.ts'"),
  ],
  [
    'what the register says is the only figure published as it is',
    source('service/publications/figures.ts', "import { publicFigure } from '../disclosure/public-figure.ts'"),
    source('service/fieldwork/a.ts', "import { publicFigure } from '../disclosure/public-figure.ts'"),
  ],
  [
    'what is published is written by publications.queries.ts alone, and changed by nobody',
    source('service/publications/a.queries.ts', "export const add = (db) => db.insertInto('publish.publication')"),
    source('service/publications/a.queries.ts', 'export const add = sql`insert into publish.publication values (1)`'),
    source(
      'service/publications/publications.queries.ts',
      "export const fix = (db) => db.updateTable('publish.publication')",
    ),
    source('service/platform/a.ts', 'export const empty = sql`truncate publish.published_table`'),
  ],
  [
    'a migration imports nothing of the service, which will have changed',
    source('migrations/0002-a.ts', "import { rowId } from '../service/platform/secrets.ts'"),
    source('migrations/0002-a.ts', "import { readFileSync } from 'node:fs'"),
  ],
  [
    'a test sits beside what it tests: it bears the name of a neighbour or of its folder, or imports a neighbour',
    source('service/waves/elsewhere.test.ts', "import { protect } from '../disclosure/protect.ts'"),
    source('service/waves/protect.test.ts'),
  ],
  [
    'a file opens by saying what it is for',
    { path: 'service/waves/a.ts', text: 'export const a = 1\n' },
    { path: 'migrations/0002-a.ts', text: "import { sql } from 'kysely'\n\n/** Too late. */\nexport const up = sql\n" },
    { path: 'scripts/a.ts', text: '//\nexport const a = 1\n' },
  ],
  [
    'the top of the tree is what it was decided to be',
    source('src/a.ts'),
    { path: 'docker-compose.yaml', text: '' },
    { path: '.eslintrc', text: '' },
  ],
  [
    'no code names an item of a questionnaire',
    source('service/waves/a.ts', "export const item = 'HAPPY'"),
    source('service/waves/a.pages.tsx', 'export const Page = ({ HAPPY }) => <p>{HAPPY}</p>'),
  ],
  [
    'a programme’s name stands in surveys/ and nowhere else',
    source('service/waves/a.mails.tsx', 'export const mail = () => <p>Grand Large</p>'),
    words('en', { hello: 'Welcome to High Seas, {name}', back: 'Back', name: 'Retour' }),
  ],
  [
    'both catalogues have the same words to say, with the same placeholders',
    words('en', { hello: 'Welcome to this place, {name}', back: 'Back' }),
    words('en', { hello: 'Welcome to this place, {place}', back: 'Back', name: 'Retour' }),
  ],
  [
    'the catalogue says each thing once',
    words('en', { hello: 'Welcome to this place, {name}', back: 'Retour', name: 'Retour' }),
  ],
  [
    'what the catalogue says, no code says again',
    source('service/waves/a.pages.tsx', 'export const Page = () => <p>Welcome to this place, {name}</p>'),
    source('service/waves/a.ts', "export const hello = 'Bonjour à {name}, et bienvenue'"),
  ],
]

describe('the keeper', () => {
  const complaining = (sources: readonly Source[]) =>
    rules.filter(({ offenders }) => offenders(sources).length > 0).map(({ rule }) => rule)

  test('has nothing to say about a project that keeps every rule', () => {
    expect(rules.flatMap(({ offenders }) => offenders(GOOD))).toEqual([])
  })

  test('has an example of breaking each of its rules', () => {
    expect(BROKEN.map(([rule]) => rule)).toEqual(rules.map(({ rule }) => rule))
  })

  test.each(
    BROKEN.flatMap(([rule, ...examples]) =>
      examples.map((example, index) => ({ rule, number: index + 1, of: examples.length, example })),
    ),
  )('notices, and no other rule does: $rule ($number of $of)', ({ rule, example }) => {
    expect(complaining([...GOOD.filter(({ path }) => path !== example.path), example])).toEqual([rule])
  })

  test('says where', () => {
    const [first] = BROKEN.find(([rule]) => rule === 'chance comes from platform/secrets.ts')!.slice(1) as [Source]
    expect(rules.flatMap(({ offenders }) => offenders([...GOOD, first]))).toEqual(['service/waves/a.ts:2: Math.random'])
  })

  test('tells code from comments, strings and patterns', () => {
    const inside = `{ e: [\`f ${template("'g'").slice(1, -1)}\`] }.h`
    const text = `a // b\n"c /* d" + ${template(inside)} /* i\n */ x.replace(/["j]/, 'k')`
    const shown = (view: keyof typeof views) => views[view](text).replace(/\s+/g, ' ').trim()
    expect(shown('code')).toBe("a \" \" + ` $@{ e: [` $@' '} `] }.h} ` x.replace( , ' ')".replaceAll('@', '{'))
    expect(shown('strings')).toBe('c /* d now: f now: g . . k')
    expect(shown('uncommented')).toBe(text.replace(/\/\/ b|\/\* i\n \*\//g, '').replace(/\s+/g, ' '))
  })
})
