// The questionnaires of a programme for whoever works on them: all of them, one as volunteers see it, and what has changed
// between two versions. Nothing here can be sent, and no answer is known here.
import type { FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { type Comparability, isComparable } from '../instruments/comparability.ts'
import type { FittedInstrument, FittedItem } from '../instruments/fit.ts'
import { type Instrument, isQuestion } from '../instruments/instrument.ts'
import type { BankItem } from '../instruments/item.ts'
import { SelectField } from '../platform/forms.tsx'
import { type Bilingual, LANGUAGES, type Language, sayDate, sayNumber, type Words, wordsIn } from '../platform/i18n.ts'
import { LANGUAGE_NAMES } from '../platform/page.tsx'
import type { Verdict } from '../publications/versions.ts'
import { AnyItem, enteredFrom } from '../responses/questions.pages.tsx'
import { burdenOf, conditionOf, type Fact, factsOf } from './instrument-reading.ts'
import type { ItemChange, ItemCompared, Saying } from './item-changes.ts'

type Shell = { visitor: SignedIn; programme: InProgramme }
export type ListedVersion = Pick<Instrument, 'instrument' | 'version'> & {
  hash: string
  fieldedOn: Temporal.PlainDate | null
}

const instrumentAddress = (programme: string, instrument: string, rest = ''): string =>
  programmeAddress(programme, `/instruments/${encodeURIComponent(instrument)}${rest}`)

const sayFielded = (t: Words, { fieldedOn }: ListedVersion, language: Language): string =>
  fieldedOn ? t('instruments.fieldedOn', { date: sayDate(fieldedOn, language) }) : t('instruments.notFielded')

export type ListedInstrument = {
  name: string
  waves: readonly Bilingual[]
  /** What is asked now; undefined while surveys/ has none. */
  current: Instrument | undefined
  versions: readonly ListedVersion[]
}

export const InstrumentsPage: FC<Shell & { instruments: readonly ListedInstrument[] }> = ({
  visitor,
  programme,
  instruments,
}) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <StaffPage visitor={visitor} title={t('instruments.title')} programme={programme}>
      <p>{t('instruments.intro')}</p>
      <section class="scroll" aria-label={t('instruments.caption')} tabindex={0}>
        <table>
          <caption>{t('instruments.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('plan.wave.instrument')}</th>
              <th scope="col">{t('staff.waves')}</th>
              <th scope="col">{t('instruments.column.cost')}</th>
              <th scope="col">{t('instruments.column.versions')}</th>
            </tr>
          </thead>
          <tbody>
            {instruments.map(({ name, waves, current, versions }) => (
              <tr>
                <th scope="row">
                  {versions.length > 0 ? <a href={instrumentAddress(programme.programme, name)}>{name}</a> : name}
                </th>
                <td>{waves.map((wave) => wave[language]).join(' · ')}</td>
                <td>{current ? sayCost(t, current) : t('instruments.noneYet')}</td>
                <td>
                  {versions.map((one) => (
                    <p>
                      <a href={instrumentAddress(programme.programme, name, `?version=${one.version}`)}>
                        {t('version.number', { version: one.version })}
                      </a>
                      , {sayFielded(t, one, language)}
                    </p>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </StaffPage>
  )
}

function sayCost(t: Words, instrument: Instrument): string {
  const { most, minutes } = burdenOf(instrument)
  return t('instruments.cost', { questions: most, minutes })
}

export type InstrumentProps = Shell & {
  /** As it is stored, and as somebody would be asked it. */
  instrument: Instrument
  fitted: FittedInstrument
  /** Only this page; null for the whole of it. */
  page: number | null
  /** The language it is read in. */
  language: Language
  versions: readonly ListedVersion[]
  /** The version that is asked now. */
  current: number | undefined
  /** What changes are measured from, where that is another instrument. */
  baseline: Pick<Instrument, 'instrument' | 'version'> | undefined
}

/** A version as volunteers see it, with the codes of its items and who is asked each. */
export const InstrumentPage: FC<InstrumentProps> = (props) => {
  const { visitor, programme, instrument, page, language } = props
  const t = wordsIn(visitor.language)
  const { instrument: name, version, pages } = instrument
  const shown = pages.map((_, index) => index + 1).filter((number) => page === null || number === page)
  return (
    <StaffPage
      visitor={visitor}
      title={t('instruments.namedVersion', { instrument: name, version })}
      programme={programme}
    >
      <p class="notice">
        <strong>{t('instruments.reading')}</strong> – {t('instruments.reading.text')}
      </p>
      {page === null && <Burden {...props} />}
      {page === null && <Versions {...props} />}
      <Ways {...props} />
      <div lang={language}>
        {shown.map((number) => (
          <ReadPage {...props} number={number} />
        ))}
      </div>
      {page !== null && <Turning {...props} page={page} />}
    </StaffPage>
  )
}

/** Where a version is read: in which language, and which page of it. */
const readingAddress = (
  { programme, instrument: { instrument, version }, language, page }: InstrumentProps,
  other: { language?: Language; page?: number | null },
): string => {
  const wanted = { language, page, ...other }
  const query = [`version=${version}`, `lang=${wanted.language}`, ...(wanted.page ? [`page=${wanted.page}`] : [])]
  return instrumentAddress(programme.programme, instrument, `?${query.join('&')}`)
}

const Burden: FC<InstrumentProps> = ({ visitor, instrument }) => {
  const t = wordsIn(visitor.language)
  return (
    <section>
      <h2>{t('instruments.burden')}</h2>
      <table>
        <caption class="heard">{t('instruments.burden')}</caption>
        <tbody>
          {burdenLines(t, visitor.language, instrument).map(([label, value]) => (
            <tr>
              <th scope="row">{label}</th>
              <td class="number">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const burdenLines = (t: Words, language: Language, instrument: Instrument): [label: string, value: string][] => {
  const { most, questions, pages, minutes, seconds } = burdenOf(instrument)
  return [
    [t('instruments.burden.most'), String(most)],
    [t('instruments.burden.all'), String(questions)],
    [t('instruments.burden.pages'), String(pages)],
    [t('instruments.burden.minutes'), String(minutes)],
    [t('instruments.burden.longest'), sayNumber(seconds / 60, language, 1)],
  ]
}

const Versions: FC<InstrumentProps> = ({ visitor, programme, instrument, versions, current, baseline }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const to = (rest: string) => instrumentAddress(programme.programme, instrument.instrument, rest)
  return (
    <section>
      <h2>{t('instruments.versions')}</h2>
      <section class="scroll" aria-label={t('instruments.versions')} tabindex={0}>
        <table>
          <caption class="heard">{t('instruments.versions')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('texts.history')}</th>
              <th scope="col">{t('instruments.version.fielded')}</th>
              <th scope="col">{t('instruments.version.hash')}</th>
              <th scope="col">{t('instruments.compare.button')}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(({ version, hash, fieldedOn }, index) => (
              <tr>
                <th scope="row">
                  <a
                    href={to(`?version=${version}`)}
                    aria-current={version === instrument.version ? 'page' : undefined}
                  >
                    {t('version.number', { version })}
                  </a>
                  {version === current && ` (${t('instruments.version.current')})`}
                </th>
                <td>{fieldedOn ? sayDate(fieldedOn, language) : t('instruments.notFielded')}</td>
                <td>
                  <code>{hash.slice(0, 8)}</code>
                </td>
                <td>
                  {index > 0 && (
                    <a href={to(`/compare?from=${versions[index - 1]!.version}&to=${version}`)}>
                      {t('instruments.version.compare', { version: versions[index - 1]!.version })}
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {baseline && (
        <p>
          <a href={to(`/compare?with=${baseline.instrument}&from=${baseline.version}&to=${instrument.version}`)}>
            {t('instruments.compare.baseline', { instrument: baseline.instrument })}
          </a>
        </p>
      )}
    </section>
  )
}

/** To the other language, to each page, and to all of them. */
const Ways: FC<InstrumentProps> = (props) => {
  const { visitor, instrument, page, language } = props
  const t = wordsIn(visitor.language)
  return (
    <nav class="downloads" aria-label={t('instruments.pages')}>
      {LANGUAGES.filter((other) => other !== language).map((other) => (
        <a href={readingAddress(props, { language: other })} lang={other} hreflang={other}>
          {LANGUAGE_NAMES[other]}
        </a>
      ))}
      {page !== null && <a href={readingAddress(props, { page: null })}>{t('instruments.whole')}</a>}
      {instrument.pages.map((_, index) => (
        <a href={readingAddress(props, { page: index + 1 })} aria-current={page === index + 1 ? 'page' : undefined}>
          {t('instruments.page', { page: index + 1 })}
        </a>
      ))}
    </nav>
  )
}

const NOTHING = enteredFrom({})

const ReadPage: FC<InstrumentProps & { number: number }> = ({ visitor, instrument, fitted, language, number }) => {
  const said = wordsIn(language)
  const { title, items } = fitted.pages[number - 1]!
  const place = said('answer.place', { place: number, pages: fitted.pages.length })
  return (
    <section>
      <h2>{said('instruments.pageTitle', { place, title: title[language] })}</h2>
      {items.map((item, index) => (
        <>
          <AnyItem
            item={item}
            before={items[index - 1]}
            language={language}
            entered={NOTHING}
            error={undefined}
            t={said}
          />
          <About instrument={instrument} item={item} language={visitor.language} />
        </>
      ))}
    </section>
  )
}

/** An item's code, who is asked it, and what is particular about it, for whoever reads. */
const About: FC<{ instrument: Instrument; item: FittedItem; language: Language }> = ({
  instrument,
  item,
  language,
}) => {
  const t = wordsIn(language)
  return (
    <p class="hint" lang={language}>
      <code>{item.item}</code> –{' '}
      {[sayCondition(t, instrument, item, language), ...factsOf(item).map((fact) => sayFact(t, fact))].join(' ')}
    </p>
  )
}

const sayFact = (t: Words, fact: Fact): string => t(`instruments.fact.${fact}`)

function sayCondition(t: Words, instrument: Instrument, item: FittedItem, language: Language): string {
  const condition = conditionOf(instrument, item)
  if (!condition) return t(isQuestion(item) ? 'instruments.asked.everybody' : 'instruments.shown.everybody')
  const { item: source, question, answers } = condition
  return t(answers.length === 1 ? 'instruments.asked.if' : 'instruments.asked.ifAny', {
    item: source,
    question: question[language],
    answers: answers.map((answer) => answer[language]).join(' · '),
  })
}

const Turning: FC<InstrumentProps & { page: number }> = (props) => {
  const { visitor, instrument, page } = props
  const t = wordsIn(visitor.language)
  return (
    <p class="actions">
      {page < instrument.pages.length && (
        <a class="button" href={readingAddress(props, { page: page + 1 })}>
          {t('instruments.following')}
        </a>
      )}
      {page > 1 && <a href={readingAddress(props, { page: page - 1 })}>{t('instruments.previous')}</a>}
    </p>
  )
}

/** A measure or an indicator, and whether a change in it between the two versions can be computed. */
export type Judged = { label: Bilingual; verdict: Verdict }

export type CompareProps = Shell & {
  before: Instrument
  after: Instrument
  compared: readonly ItemCompared[]
  judged: readonly Judged[]
  /** The versions there are of each of the two instruments. */
  from: readonly ListedVersion[]
  to: readonly ListedVersion[]
}

/** What has changed from one version to another, item by item, and what may be compared across them. */
export const ComparePage: FC<CompareProps> = (props) => {
  const { visitor, programme, before, after, compared } = props
  const t = wordsIn(visitor.language)
  const changed = compared.filter(({ comparability, changes }) => comparability !== 'same' || changes.length > 0)
  const same = compared.filter((one) => !changed.includes(one))
  return (
    <StaffPage
      visitor={visitor}
      title={t('instruments.compare.title', { before: nameOf(before), after: nameOf(after) })}
      programme={programme}
    >
      <Choosing {...props} />
      {changed.length === 0 ? <p>{t('instruments.compare.none')}</p> : <Changed {...props} compared={changed} />}
      {same.length > 0 && (
        <p>{t('instruments.compare.same', { count: same.length, items: same.map(({ item }) => item).join(', ') })}</p>
      )}
      <Comparable {...props} />
      <InFigures {...props} />
      <p>
        <a href={instrumentAddress(programme.programme, after.instrument)}>
          {t('instruments.named', { instrument: after.instrument })}
        </a>
      </p>
    </StaffPage>
  )
}

/** There is nothing to compare yet. */
export const OneVersionPage: FC<Shell & { name: string }> = ({ visitor, programme, name }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('instruments.compare.choose')} programme={programme}>
      <p>{t('instruments.compare.only')}</p>
      <p>
        <a href={instrumentAddress(programme.programme, name)}>{t('instruments.named', { instrument: name })}</a>
      </p>
    </StaffPage>
  )
}

const nameOf = ({ instrument, version }: Pick<Instrument, 'instrument' | 'version'>): string =>
  `${instrument}@${version}`

const Choosing: FC<CompareProps> = ({ visitor, programme, before, after, from, to }) => {
  const t = wordsIn(visitor.language)
  const options = (versions: readonly ListedVersion[]) =>
    versions.map((one) => ({ value: String(one.version), label: nameOf(one) }))
  return (
    <form method="get" action={instrumentAddress(programme.programme, after.instrument, '/compare')}>
      {before.instrument !== after.instrument && <input type="hidden" name="with" value={before.instrument} />}
      <div class="period">
        <div class="parts">
          <SelectField
            id="from"
            name="from"
            label={t('instruments.compare.from')}
            value={String(before.version)}
            options={options(from)}
          />
          <SelectField
            id="to"
            name="to"
            label={t('instruments.compare.to')}
            value={String(after.version)}
            options={options(to)}
          />
        </div>
        <button class="second" type="submit">
          {t('instruments.compare.button')}
        </button>
      </div>
    </form>
  )
}

const Changed: FC<CompareProps> = ({ visitor, compared }) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <section class="scroll" aria-label={t('instruments.compare.caption')} tabindex={0}>
      <table>
        <caption>{t('instruments.compare.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('instruments.compare.item')}</th>
            <th scope="col">{t('instruments.compare.became')}</th>
            <th scope="col">{t('instruments.compare.how')}</th>
          </tr>
        </thead>
        <tbody>
          {compared.map(({ item, question, comparability, changes }) => (
            <tr>
              <th scope="row">
                <code>{item}</code>
                <br />
                {question[language]}
              </th>
              <td>
                {t(`instruments.became.${comparability}`)} – {sayComparable(t, comparability)}
              </td>
              <td>{changes.length === 0 ? '–' : changes.map((change) => <Change change={change} t={t} />)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const sayComparable = (t: Words, comparability: Comparability): string =>
  t(isComparable(comparability) ? 'instruments.compare.comparable' : 'instruments.compare.incomparable')

const Change: FC<{ change: ItemChange; t: Words }> = ({ change: { part, sayings }, t }) => (
  <>
    <p>
      <strong>{t(`instruments.part.${part}`)}</strong>
    </p>
    {sayings.map(({ language, before, after }) => (
      <dl lang={language ?? undefined}>
        {before.length > 0 && <dt>{sayWhich(t('instruments.compare.before'), language)}</dt>}
        {before.map((line) => (
          <dd>
            <del>{sayLine(t, part, line)}</del>
          </dd>
        ))}
        {after.length > 0 && <dt>{sayWhich(t('instruments.compare.after'), language)}</dt>}
        {after.map((line) => (
          <dd>
            <ins>{sayLine(t, part, line)}</ins>
          </dd>
        ))}
      </dl>
    ))}
  </>
)

const sayWhich = (side: string, language: Saying['language']): string =>
  language ? `${LANGUAGE_NAMES[language]}, ${side.toLowerCase()}` : side

function sayLine(t: Words, part: ItemChange['part'], line: string): string {
  if (part === 'type') return t(`instruments.type.${line as Exclude<BankItem['type'], 'grid'>}`)
  return part === 'handling' ? sayFact(t, line as Fact) : line
}

const Comparable: FC<CompareProps> = ({ visitor, judged }) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <section>
      <h2>{t('instruments.compare.measures')}</h2>
      {judged.length === 0 ? (
        <p>{t('instruments.compare.measures.none')}</p>
      ) : (
        <section class="scroll" aria-label={t('instruments.compare.measures')} tabindex={0}>
          <table>
            <caption>{t('instruments.compare.measures.text')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('instruments.compare.measure')}</th>
                <th scope="col">{t('instruments.compare.verdict')}</th>
              </tr>
            </thead>
            <tbody>
              {judged.map(({ label, verdict }) => (
                <tr>
                  <th scope="row">{label[language]}</th>
                  <td>{sayVerdict(t, verdict)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

/** The verdict, and the items that stand in the way. */
function sayVerdict(t: Words, verdict: Verdict): string {
  if (verdict.ok && verdict.comparability === 'same') return t('instruments.compare.comparable')
  if (verdict.ok) return `${t('instruments.compare.comparable')} – ${t(`instruments.became.${verdict.comparability}`)}`
  const because = verdict.items.map(({ item, comparability }) => `${item}: ${t(`instruments.became.${comparability}`)}`)
  return `${t('instruments.compare.incomparable')} – ${because.join(' · ')}`
}

const InFigures: FC<CompareProps> = ({ visitor, before, after }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const [was, is] = [before, after].map((one) => burdenLines(t, language, one))
  return (
    <section>
      <h2>{t('instruments.compare.numbers')}</h2>
      <table>
        <caption class="heard">{t('instruments.compare.numbers')}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col" class="number">
              {nameOf(before)}
            </th>
            <th scope="col" class="number">
              {nameOf(after)}
            </th>
          </tr>
        </thead>
        <tbody>
          {was!.map(([label, value], index) => (
            <tr>
              <th scope="row">{label}</th>
              <td class="number">{value}</td>
              <td class="number">{is![index]![1]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
