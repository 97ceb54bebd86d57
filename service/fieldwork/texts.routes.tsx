// What the mails of a programme say: read by whoever watches the fieldwork, changed by whoever changes waves. Nothing is
// saved before it has been shown beside what is in force.
import { isDeepStrictEqual } from 'node:util'
import type { Context } from 'hono'
import { z } from 'zod'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { may } from '../access/roles.ts'
import { actorOf } from '../access/sign-in.actions.ts'
import { emailsOf } from '../access/staff.queries.ts'
import { plannedMail, valuesOf } from '../mailings/planned.mails.tsx'
import { dayOf } from '../platform/clock.ts'
import { type Form, fail, readForm } from '../platform/http.tsx'
import { fill, isLanguage, LANGUAGES, type Language } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { type Deps, mailTextsOf } from '../waves/deps.ts'
import { type MailText, type MailTexts, mailText, type Value, valuesFor } from '../waves/mail-texts.ts'
import { refreshTexts } from '../waves/refresh-texts.actions.ts'
import { findMail, type NamedMail } from '../waves/saved-texts.ts'
import { exampleOf } from './example-mail.ts'
import { saveText } from './save-texts.actions.ts'
import {
  type Checked,
  checkEntered,
  type Entered,
  enteredFrom,
  partsOf,
  readEntered,
  saysTheSame,
} from './text-form.ts'
import { ChangePage, type SavedVersion, TextPage, type TextProps, TextsPage, textsAddress } from './texts.pages.tsx'
import { listTextVersions, type TextVersion } from './texts.queries.ts'

/** A mail laid out brings its styles with it, and may do nothing else: no script, no request, no form, no way out. */
const LAID_OUT =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

const PATH = '/staff/programmes/:programme/texts'
const Base = z.coerce.number().int().min(0)

export function textRoutes(deps: Deps) {
  const { db, clock, config, mailTexts: file } = deps
  const { routes, get, post } = staffRouter(deps)

  get(PATH, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const { visitor, programme, texts, passedOver, saved } = here
    const own = new Map(Object.keys(saved).map((name) => [name, historyOf(here, name)[0]]))
    return sendPage(
      c,
      <TextsPage visitor={visitor} programme={programme} texts={texts} passedOver={passedOver} own={own} />,
    )
  })

  get(`${PATH}/:mail`, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const mail = mailOf(c)
    if (!mail) return notFound(c)
    const isJustSaved = here.version > 0 && c.req.query('saved') === String(here.version)
    return sendText(c, here, mail, { notice: isJustSaved ? { saved: here.version } : undefined })
  })

  get(`${PATH}/:mail/preview.html`, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const mail = mailOf(c)
    const asked = c.req.query('language')
    if (!mail) return notFound(c)
    return laidOut(c, here, { mail, texts: here.texts, language: isLanguage(asked) ? asked : here.visitor.language })
  })

  get(`${PATH}/:mail/file`, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const mail = mailOf(c)
    if (!mail) return notFound(c)
    const after = mailText(file, mail.kind, mail.number)
    return sendPage(c, <ChangePage {...changeIn(here, mail)} after={after} of="file" />)
  })

  get(`${PATH}/:mail/versions/:version`, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const mail = mailOf(c)
    const version = here.versions.find((one) => String(one.version) === c.req.param('version'))
    if (!mail || !version) return notFound(c)
    const after = textIn(version, mail)
    return sendPage(c, <ChangePage {...changeIn(here, mail)} after={after} of={here.savedBy(version)} />)
  })

  post(`${PATH}/:mail/preview`, 'edit-waves', async (c) => {
    const given = await readText(c)
    if (given instanceof Response) return given
    const { here, mail, entered, checked, base } = given
    const notice = base === here.version ? undefined : 'meanwhile'
    return sendText(c, here, mail, { entered, checked, notice })
  })

  post(`${PATH}/:mail/preview.html`, 'edit-waves', async (c) => {
    const given = await readText(c)
    if (given instanceof Response) return given
    const { here, mail, entered, checked, form } = given
    const asked = form.get('language')?.at(-1)
    if (!checked.ok) return sendText(c, here, mail, { entered, checked })
    const language = isLanguage(asked) ? asked : here.visitor.language
    return laidOut(c, here, { mail, texts: checked.texts, language })
  })

  post(`${PATH}/:mail/save`, 'edit-waves', async (c) => {
    const given = await readText(c)
    if (given instanceof Response) return given
    const { here, mail, entered, checked, base, form } = given
    if (base !== here.version) return sendText(c, here, mail, { entered, checked, notice: 'meanwhile' }, 409)
    if (!checked.ok) return sendText(c, here, mail, { entered, checked })
    const change = changeIn(here, mail)
    if (saysTheSame(change.before, checked.text)) return sendText(c, here, mail, { notice: 'nothingNew' })
    if (!form.has('confirm')) return sendPage(c, <ChangePage {...change} after={checked.text} of="entered" />)
    const { programme } = here.programme
    const actor = actorOf(here.visitor)
    const outcome = await saveText(deps, { programme, mail: mail.name, text: checked.text, base, actor })
    if (outcome.ok) return c.redirect(`${textsAddress(programme, mail.name)}?saved=${outcome.version}`, 303)
    // Somebody was quicker, by the blink of an eye.
    return sendText(c, await look(c), mail, { entered, checked, notice: 'meanwhile' }, 409)
  })

  type Here = Awaited<ReturnType<typeof look>>

  /** The words in force and how they came to be, as they are now, whichever process has saved them. */
  async function look(c: Context<StaffWeb>) {
    await refreshTexts(deps)
    const programme = programmeOf(deps, c)
    const { version = 0, saved = {}, passedOver = false } = deps.programmeTexts.get(programme.programme) ?? {}
    const texts = mailTextsOf(deps, programme.programme)
    const versions = await listTextVersions(db, programme.programme)
    const people = await emailsOf(db, [...new Set(versions.flatMap(({ saved_by }) => staffId(saved_by) ?? []))])
    const savedBy = ({ version, saved_at, saved_by }: TextVersion): SavedVersion => ({
      version,
      savedAt: saved_at,
      who: people.get(staffId(saved_by) ?? '') ?? saved_by,
    })
    return { visitor: visitorOf(c), programme, texts, version, saved, passedOver, versions, savedBy }
  }

  const mailOf = (c: Context<StaffWeb>): NamedMail | undefined => findMail(file, c.req.param('mail') ?? '')
  const notFound = (c: Context<StaffWeb>) => fail(c, 404, visitorOf(c).language)

  /** What a mail says in a version. */
  const textIn = ({ content }: TextVersion, mail: NamedMail): MailText =>
    ownIn(content, mail.name) ?? mailText(file, mail.kind, mail.number)

  /** The versions in which a mail came to say something else, the latest first. */
  const historyOf = ({ versions, savedBy }: Here, name: string) =>
    versions
      .filter(({ content }, index) => {
        const before = versions[index + 1]
        return !isDeepStrictEqual(ownIn(content, name), before && ownIn(before.content, name))
      })
      .map((version) => ({ ...savedBy(version), content: version }))

  const mayEdit = ({ visitor, programme }: Here) => may(visitor.grants, 'edit-waves', programme.programme)

  function changeIn(here: Here, mail: NamedMail) {
    const { visitor, programme, texts, version } = here
    const before = mailText(texts, mail.kind, mail.number)
    return { visitor, programme, mail, before, version, mayEdit: mayEdit(here) }
  }

  /** What was sent of a mail, and whether it keeps the rules; an answer where it cannot be read. */
  async function readText(c: Context<StaffWeb>) {
    const here = await look(c)
    const mail = mailOf(c)
    const form: Form | null = mail ? await readForm(c) : null
    if (!mail || !form) return fail(c, mail ? 400 : 404, here.visitor.language)
    const base = Base.safeParse(form.get('base')?.[0])
    if (!base.success) return fail(c, 400, here.visitor.language)
    const entered = readEntered(form, partsOf(mailText(file, mail.kind, mail.number)))
    return { here, mail, form, base: base.data, entered, checked: checkEntered(here.texts, mail, entered) }
  }

  type Sent = { entered?: Entered; checked?: Checked; notice?: TextProps['notice'] }

  /** The page of a mail: what is in force, or what was entered, with what is wrong with it. */
  function sendText(
    c: Context<StaffWeb>,
    here: Here,
    mail: NamedMail,
    { entered, checked, notice }: Sent,
    status: 200 | 409 = 200,
  ) {
    const { visitor, programme, texts, version, saved, passedOver } = here
    const { language } = visitor
    const text = mailText(texts, mail.kind, mail.number)
    const complaints = checked && !checked.ok ? checked.complaints : []
    const props: TextProps = {
      visitor,
      programme,
      mail,
      text,
      version,
      isOwn: Object.hasOwn(saved, mail.name),
      mayEdit: mayEdit(here),
      entered: entered ?? enteredFrom(text),
      complaints,
      notice,
      shown: complaints.length > 0 ? [] : showMail(here, mail, checked?.ok ? checked.texts : texts),
      isEntered: entered !== undefined,
      examples: examplesOf(here, mail),
      history: historyOf(here, mail.name).map(({ content, ...one }, index) => ({
        ...one,
        subject: textIn(content, mail).subject[language],
        isInForce: index === 0 && !passedOver,
      })),
    }
    return sendPage(c, <TextPage {...props} />, complaints.length > 0 && status === 200 ? 422 : status)
  }

  const example = ({ programme }: Here, mail: NamedMail, texts: MailTexts, language: Language) =>
    exampleOf(deps, { programme, mail, texts, language, today: dayOf(clock.now()), baseUrl: config.baseUrl })

  const showMail = (here: Here, mail: NamedMail, texts: MailTexts) =>
    LANGUAGES.map((language) => {
      const props = example(here, mail, texts, language)
      const { subject, text } = plannedMail(props)
      const { preheader } = mailText(texts, mail.kind, mail.number)
      return { language, subject, preheader: fill(preheader[language], valuesOf(props)), text }
    })

  function examplesOf(here: Here, mail: NamedMail): Partial<Record<Value, string>> {
    const values = valuesOf(example(here, mail, here.texts, here.visitor.language))
    return Object.fromEntries(valuesFor(mail.kind).text.map((value) => [value, String(values[value])]))
  }

  function laidOut(
    c: Context<StaffWeb>,
    here: Here,
    { mail, texts, language }: { mail: NamedMail; texts: MailTexts; language: Language },
  ) {
    const { html } = plannedMail(example(here, mail, texts, language))
    return c.html(html, 200, { 'Content-Security-Policy': LAID_OUT })
  }

  return routes
}

/** What a version has of a mail, whatever shape mails had then. */
const ownIn = (content: object, name: string): MailText | undefined =>
  Object.hasOwn(content, name) ? (content as Record<string, MailText>)[name] : undefined

/** Whose doing something was, if somebody's of the staff. */
const staffId = (actor: string): string | undefined => /^staff (\S+)$/.exec(actor)?.[1]
