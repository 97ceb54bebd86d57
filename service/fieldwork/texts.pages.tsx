// The words of a programme's mails: the list of them, one mail with its fields and the mail they make, and what a change
// would do before it is made.
import type { FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { ErrorSummary, type FieldError, TextField } from '../platform/forms.tsx'
import { LANGUAGES, type Language, sayInstant, type Words, wordsIn } from '../platform/i18n.ts'
import { LANGUAGE_NAMES } from '../platform/page.tsx'
import { inBraces, type MailText, type MailTexts, mailText, type Value, valuesFor } from '../waves/mail-texts.ts'
import { mailsIn, type NamedMail } from '../waves/saved-texts.ts'
import { compareWords, type Piece } from './compare-words.ts'
import {
  type Complaint,
  changesBetween,
  countedIn,
  type Entered,
  enteredFrom,
  type Field,
  fieldOf,
  type Part,
  partsOf,
  sayPart,
} from './text-form.ts'

/** Where the words of mails are: the list, one mail, or something of it. */
export const textsAddress = (programme: string, ...rest: readonly string[]): string =>
  programmeAddress(programme, ['/texts', ...rest].join('/'))

type Shell = { visitor: SignedIn; programme: InProgramme }

/** A version of a mail's words: who saved it and when. */
export type SavedVersion = { version: number; savedAt: Temporal.Instant; who: string }

const sayMail = (t: Words, { kind, number }: NamedMail): string => t(`texts.mail.${kind}`, { number })

type TextsProps = Shell & {
  texts: MailTexts
  passedOver: boolean
  /** For each mail that does not say what the file says, the version that made it so. */
  own: ReadonlyMap<string, SavedVersion | undefined>
}

export const TextsPage: FC<TextsProps> = ({ visitor, programme, texts, passedOver, own }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('texts.title')} programme={programme}>
      <p>{t('texts.intro')}</p>
      {passedOver && <p class="notice">{t('texts.passedOver')}</p>}
      <section class="scroll" aria-label={t('texts.caption')} tabindex={0}>
        <table>
          <caption>{t('texts.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('texts.column.mail')}</th>
              <th scope="col">{t('texts.part.subject')}</th>
              <th scope="col">{t('texts.column.state')}</th>
            </tr>
          </thead>
          <tbody>
            {mailsIn(texts).map((mail) => (
              <tr>
                <th scope="row">
                  <a href={textsAddress(programme.programme, mail.name)}>{sayMail(t, mail)}</a>
                </th>
                <td>{mailText(texts, mail.kind, mail.number).subject[visitor.language]}</td>
                <td>{sayState(t, own.has(mail.name), own.get(mail.name), visitor.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </StaffPage>
  )
}

function sayState(t: Words, isOwn: boolean, since: SavedVersion | undefined, language: Language): string {
  if (!isOwn) return t('texts.state.file')
  if (!since) return t('texts.state.own')
  return t('texts.state.ownSince', { date: sayInstant(since.savedAt, language), who: since.who })
}

/** A mail as it arrives, in one language. */
export type ShownMail = { language: Language; subject: string; preheader: string; text: string }

export type Notice = 'nothingNew' | 'meanwhile' | { saved: number }

export type TextProps = Shell & {
  mail: NamedMail
  /** What is in force. */
  text: MailText
  version: number
  isOwn: boolean
  mayEdit: boolean
  entered: Entered
  complaints?: readonly Complaint[]
  notice?: Notice | undefined
  /** Nothing while what was entered keeps not to the rules. */
  shown: readonly ShownMail[]
  /** Whether that is what was entered, and not what is in force. */
  isEntered?: boolean
  examples: Readonly<Partial<Record<Value, string>>>
  history: readonly (SavedVersion & { subject: string; isInForce: boolean })[]
}

const FORM = 'words'

/** One mail: its fields, what they may say, the mail they make, and its versions. */
export const TextPage: FC<TextProps> = (props) => {
  const { visitor, programme, mail, notice, complaints = [], mayEdit, isEntered = false } = props
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={sayMail(t, mail)} programme={programme}>
      {notice && <Said notice={notice} t={t} />}
      <ErrorSummary title={t('form.errors')} errors={errorsOf(t, complaints)} />
      <p>{t(`texts.when.${mail.kind}`)}</p>
      {mayEdit && <Fields {...props} />}
      {isEntered && <Shown {...props} />}
      {mayEdit && <AllowedValues {...props} />}
      {mayEdit && <Rules t={t} />}
      {!isEntered && <Shown {...props} />}
      <History {...props} />
      <p>
        <a href={textsAddress(programme.programme)}>{t('texts.all')}</a>
      </p>
    </StaffPage>
  )
}

const Said: FC<{ notice: Notice; t: Words }> = ({ notice, t }) => (
  <p class="notice" role="status">
    {notice === 'nothingNew'
      ? t('texts.nothingNew')
      : notice === 'meanwhile'
        ? t('texts.meanwhile')
        : t('texts.saved', { version: notice.saved })}
  </p>
)

const sayField = (t: Words, part: Part, language: Language): string =>
  t('texts.part.inLanguage', { part: t(`texts.part.${part}`), language: LANGUAGE_NAMES[language] })

function sayComplaint(t: Words, { rule, values, paragraph }: Complaint): string {
  const sentence = t(`mailRule.${rule}`, values)
  return paragraph === undefined ? sentence : t('mailRule.inParagraph', { paragraph, sentence })
}

const errorsOf = (t: Words, complaints: readonly Complaint[]): FieldError[] =>
  complaints.map((complaint) => {
    const [part, language] = complaint.field.split('.') as [Part, Language]
    return { field: complaint.field, label: `${sayField(t, part, language)} –`, message: sayComplaint(t, complaint) }
  })

const Fields: FC<TextProps> = ({ visitor, programme, mail, text, version, entered, isOwn, complaints = [] }) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => textsAddress(programme.programme, mail.name, rest)
  return (
    <section aria-labelledby="edit">
      <h2 id="edit">{t('texts.edit')}</h2>
      <form id={FORM} method="post" action={to('save')} novalidate>
        <input type="hidden" name="base" value={String(version)} />
        {partsOf(text).map((part) => (
          <fieldset class="period">
            <legend>{t(`texts.part.${part}`)}</legend>
            {part === 'text' && <p class="hint">{t('texts.paragraphs.hint')}</p>}
            {part === 'reply' && <p class="hint">{t('texts.reply.hint')}</p>}
            <div class="parts sides">
              {LANGUAGES.map((language) => (
                <PartField
                  field={fieldOf(part, language)}
                  part={part}
                  language={language}
                  entered={entered}
                  complaints={complaints}
                  t={t}
                />
              ))}
            </div>
          </fieldset>
        ))}
        <div class="actions">
          <button type="submit">{t('texts.save')}</button>
          <button class="second" type="submit" formaction={to('preview#shown')}>
            {t('texts.preview')}
          </button>
        </div>
      </form>
      {isOwn && (
        <p>
          <a href={to('file')}>{t('texts.file.link')}</a>
        </p>
      )}
    </section>
  )
}

const PartField: FC<{
  field: Field
  part: Part
  language: Language
  entered: Entered
  complaints: readonly Complaint[]
  t: Words
}> = ({ field, part, language, entered, complaints, t }) => {
  const value = entered[field] ?? ''
  const wrong = complaints.filter((complaint) => complaint.field === field).map((one) => sayComplaint(t, one))
  return (
    <TextField
      id={field}
      label={LANGUAGE_NAMES[language]}
      hint={t('texts.counted', countedIn(part, value))}
      error={wrong.join(' ') || undefined}
    >
      {(attributes) =>
        part === 'text' ? (
          // The first line break of a textarea is not part of it.
          <textarea {...attributes} name={field} lang={language} rows={14}>
            {`\n${value}`}
          </textarea>
        ) : (
          <input {...attributes} type="text" name={field} lang={language} value={value} />
        )
      }
    </TextField>
  )
}

/** The mail in both languages; laid out, it is a page of its own, whose styles are written in it. */
const Shown: FC<TextProps> = ({ visitor, programme, mail, shown, mayEdit, isEntered = false }) => {
  if (shown.length === 0) return null
  const t = wordsIn(visitor.language)
  const laidOut = textsAddress(programme.programme, mail.name, 'preview.html')
  return (
    <section aria-labelledby="shown">
      <h2 id="shown">{t('texts.shown')}</h2>
      <p>{t(isEntered ? 'texts.shown.entered' : 'texts.shown.saved')}</p>
      {shown.map(({ language, subject, preheader, text }) => (
        <section aria-labelledby={`shown-${language}`}>
          <h3 id={`shown-${language}`}>{LANGUAGE_NAMES[language]}</h3>
          <dl lang={language}>
            <dt lang={visitor.language}>{t('texts.part.subject')}</dt>
            <dd>{subject}</dd>
            <dt lang={visitor.language}>{t('texts.part.preheader')}</dt>
            <dd>{preheader}</dd>
          </dl>
          <pre lang={language}>{text}</pre>
          {mayEdit ? (
            <button
              class="link"
              type="submit"
              form={FORM}
              formaction={laidOut}
              formtarget="_blank"
              name="language"
              value={language}
            >
              {t('texts.shown.html')}
            </button>
          ) : (
            <a href={`${laidOut}?language=${language}`} target="_blank" rel="noreferrer">
              {t('texts.shown.html')}
            </a>
          )}
        </section>
      ))}
    </section>
  )
}

const AllowedValues: FC<TextProps> = ({ visitor, mail, examples }) => {
  const t = wordsIn(visitor.language)
  const { heading, text, must } = valuesFor(mail.kind)
  return (
    <section>
      <h2>{t('texts.values')}</h2>
      <p>
        {t('texts.values.text')} {t('texts.values.must', { values: must.map(inBraces).join(', ') })}
      </p>
      <section class="scroll" aria-label={t('texts.values')} tabindex={0}>
        <table>
          <caption class="heard">{t('texts.values')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('texts.values.column.value')}</th>
              <th scope="col">{t('texts.values.column.meaning')}</th>
              <th scope="col">{t('texts.values.column.example')}</th>
              <th scope="col">{t('texts.values.column.where')}</th>
            </tr>
          </thead>
          <tbody>
            {text.map((value) => (
              <tr>
                <th scope="row">
                  <code>{inBraces(value)}</code>
                </th>
                <td>{t(`texts.value.${value}`)}</td>
                <td>{examples[value]}</td>
                <td>{t(heading.includes(value) ? 'texts.values.everywhere' : 'texts.values.inText')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

/** The rules that are about the words themselves, as they stand in a list. */
const SAID_RULES = [
  'markup',
  'address',
  'page',
  'unseen',
  'picture',
  'insistent',
  'capitals',
  'punctuation',
  'answer',
  'dot',
] as const

const Rules: FC<{ t: Words }> = ({ t }) => (
  <details open>
    <summary>{t('texts.rules')}</summary>
    <ul>
      {SAID_RULES.map((rule) => (
        <li>{t(`mailRule.${rule}`)}</li>
      ))}
    </ul>
  </details>
)

const History: FC<TextProps> = ({ visitor, programme, mail, history }) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <section>
      <h2>{t('texts.history')}</h2>
      {history.length === 0 ? (
        <p>{t('texts.history.none')}</p>
      ) : (
        <section class="scroll" aria-label={t('texts.history')} tabindex={0}>
          <table>
            <caption class="heard">{t('texts.history')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('texts.history')}</th>
                <th scope="col">{t('texts.history.saved')}</th>
                <th scope="col">{t('texts.history.by')}</th>
                <th scope="col">{t('texts.history.what')}</th>
              </tr>
            </thead>
            <tbody>
              {history.map(({ version, savedAt, who, subject, isInForce }) => (
                <tr>
                  <th scope="row">
                    <a href={textsAddress(programme.programme, mail.name, 'versions', String(version))}>
                      {t('version.number', { version })}
                    </a>
                    {isInForce && ` (${t('texts.history.inForce')})`}
                  </th>
                  <td>{sayInstant(savedAt, language)}</td>
                  <td>{who}</td>
                  <td>{subject}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

export type ChangeProps = Shell & {
  mail: NamedMail
  before: MailText
  after: MailText
  /** The version in force. */
  version: number
  mayEdit: boolean
  /** A text that was just entered, the file's, or that of a version. */
  of: 'entered' | 'file' | SavedVersion
}

/** What a text would change, before it is put in force; of an old version, the whole text too. */
export const ChangePage: FC<ChangeProps> = (props) => {
  const { visitor, programme, mail, before, after, mayEdit, of } = props
  const t = wordsIn(visitor.language)
  const isNew = changesBetween(before, after).length > 0
  return (
    <StaffPage visitor={visitor} title={titleOf(t, of)} programme={programme}>
      <p class="muted">{sayMail(t, mail)}</p>
      {typeof of === 'object' && (
        <p>{t('texts.version.saved', { date: sayInstant(of.savedAt, visitor.language), who: of.who })}</p>
      )}
      {isNew ? <Changes {...props} /> : <p>{t('texts.version.same')}</p>}
      {isNew && mayEdit && <Confirm {...props} />}
      {typeof of === 'object' && <WholeText text={after} t={t} />}
      <p>
        <a href={textsAddress(programme.programme, mail.name)}>{t('texts.back')}</a>
      </p>
    </StaffPage>
  )
}

const titleOf = (t: Words, of: ChangeProps['of']): string =>
  typeof of === 'object'
    ? t('texts.version.title', { version: of.version })
    : t(of === 'file' ? 'texts.file.title' : 'texts.confirm.title')

const Changes: FC<ChangeProps> = ({ visitor, before, after }) => {
  const t = wordsIn(visitor.language)
  return (
    <section class="scroll" aria-label={t('texts.confirm.caption')} tabindex={0}>
      <table>
        <caption>{t('texts.confirm.caption')}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('texts.confirm.before')}</th>
            <th scope="col">{t('texts.confirm.after')}</th>
          </tr>
        </thead>
        <tbody>
          {changesBetween(before, after).map(({ part, language, ...said }) => {
            const pieces = compareWords(said.before, said.after)
            return (
              <tr>
                <th scope="row">{sayField(t, part, language)}</th>
                <td lang={language}>
                  <Pieces pieces={pieces.before} as="del" />
                </td>
                <td lang={language}>
                  <Pieces pieces={pieces.after} as="ins" />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** A text with what is struck out of it, or added to it, marked; paragraphs begin on lines of their own. */
const Pieces: FC<{ pieces: readonly Piece[]; as: 'del' | 'ins' }> = ({ pieces, as: Mark }) => (
  <p>
    {pieces.map(({ text, changed }) => {
      const lines = text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [<br />, line]))
      return changed ? <Mark>{lines}</Mark> : lines
    })}
  </p>
)

const Confirm: FC<ChangeProps> = ({ visitor, programme, mail, after, version, of }) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => textsAddress(programme.programme, mail.name, rest)
  return (
    <form method="post" action={to('save')}>
      <p>{t('texts.confirm.text')}</p>
      <input type="hidden" name="base" value={String(version)} />
      <input type="hidden" name="confirm" value="yes" />
      {Object.entries(enteredFrom(after)).map(([field, value]) => (
        <input type="hidden" name={field} value={value} />
      ))}
      <div class="actions">
        <button type="submit">
          {t(
            typeof of === 'object'
              ? 'texts.version.button'
              : of === 'file'
                ? 'texts.file.button'
                : 'texts.confirm.button',
          )}
        </button>
        <button class="second" type="submit" formaction={to('preview')}>
          {t('texts.confirm.edit')}
        </button>
      </div>
    </form>
  )
}

const WholeText: FC<{ text: MailText; t: Words }> = ({ text, t }) => (
  <section aria-labelledby="whole">
    <h2 id="whole">{t('texts.version.whole')}</h2>
    <dl>
      {partsOf(text).flatMap((part) =>
        LANGUAGES.map((language) => (
          <>
            <dt>{sayField(t, part, language)}</dt>
            <dd lang={language}>
              {sayPart(text, part, language)
                .split('\n\n')
                .map((paragraph) => (
                  <p>{paragraph}</p>
                ))}
            </dd>
          </>
        )),
      )}
    </dl>
  </section>
)
