// The form in which the words of a mail are edited: its fields, the text they make, and what is wrong with it, field by
// field. Pure.
import type { Form } from '../platform/http.tsx'
import { isLanguage, LANGUAGES, type Language } from '../platform/i18n.ts'
import {
  type Broken,
  filledLength,
  type MailText,
  MailTextFile,
  type MailTexts,
  MOST_CHARACTERS,
  MOST_PARAGRAPHS,
  mailText,
  type Rule,
  ruleOf,
} from '../waves/mail-texts.ts'
import { laidOver, type NamedMail, pathOf } from '../waves/saved-texts.ts'

const PARTS = ['subject', 'preheader', 'text', 'action', 'reply'] as const
export type Part = (typeof PARTS)[number]
/** One part in one language. */
export type Field = `${Part}.${Language}`

export const fieldOf = (part: Part, language: Language): Field => `${part}.${language}`

/** What stands in the fields; paragraphs are parted by a blank line. */
export type Entered = Readonly<Partial<Record<Field, string>>>

/** The parts a mail has. */
export const partsOf = (text: MailText): Part[] => PARTS.filter((part) => text[part] !== undefined)

/** A text as its fields have it. */
export const enteredFrom = (text: MailText): Entered =>
  Object.fromEntries(
    partsOf(text).flatMap((part) =>
      LANGUAGES.map((language) => [fieldOf(part, language), sayPart(text, part, language)]),
    ),
  )

/** One part of a text in one language, as people read it. */
export function sayPart(text: MailText, part: Part, language: Language): string {
  if (part === 'text') return text.text.map((paragraph) => paragraph[language]).join('\n\n')
  return text[part]?.[language] ?? ''
}

/** What a form says of the parts of a mail. */
export const readEntered = (form: Form, parts: readonly Part[]): Entered =>
  Object.fromEntries(
    parts.flatMap((part) =>
      LANGUAGES.map((language) => {
        const field = fieldOf(part, language)
        return [field, (form.get(field)?.[0] ?? '').replace(/\r\n?/g, '\n')]
      }),
    ),
  )

/** The paragraphs of a field: a line that merely wraps goes on. */
const paragraphsIn = (entered: string): string[] =>
  entered
    .split(/\n[^\S\n]*\n/)
    .map((paragraph) => paragraph.replace(/[^\S\n]*\n[^\S\n]*/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')

/** What is wrong with a field: the rule, what its sentence names, and which paragraph it is about. */
export type Complaint = {
  field: Field
  rule: Rule | 'empty' | 'paragraphs' | 'uneven'
  values?: Broken['values']
  paragraph?: number | undefined
}

/** The text as it will be kept, and all mails with it. */
export type Checked = { ok: true; text: MailText; texts: MailTexts } | { ok: false; complaints: Complaint[] }

/** The text that fields make of a mail, if it keeps every rule beside all the other mails. */
export function checkEntered(texts: MailTexts, mail: NamedMail, entered: Entered): Checked {
  const parts = partsOf(mailText(texts, mail.kind, mail.number))
  const said = (part: Part, language: Language) => entered[fieldOf(part, language)] ?? ''
  const [fr = [], en = []] = LANGUAGES.map((language) => paragraphsIn(said('text', language)))
  const isUneven = fr.length !== en.length
  const candidate = Object.fromEntries(
    parts.map((part) => [
      part,
      part === 'text'
        ? Array.from({ length: Math.max(fr.length, en.length) }, (_, at) => ({ fr: fr[at] ?? '', en: en[at] ?? '' }))
        : { fr: said(part, 'fr').trim(), en: said(part, 'en').trim() },
    ]),
  )
  const checked = checkText(texts, mail, candidate)
  if (checked.ok || !isUneven) return checked
  // A paragraph that is missing in one language is not an empty one.
  const missing = ({ field, rule }: Complaint) => rule === 'empty' && field.startsWith('text')
  const uneven = LANGUAGES.map((language): Complaint => {
    return { field: fieldOf('text', language), rule: 'uneven', values: { fr: fr.length, en: en.length } }
  })
  return { ok: false, complaints: [...checked.complaints.filter((one) => !missing(one)), ...uneven] }
}

/** A text as it will be kept, if it keeps every rule beside all the other mails. */
export function checkText(texts: MailTexts, mail: NamedMail, text: object): Checked {
  const parsed = MailTextFile.safeParse(laidOver(texts, { [mail.name]: text }))
  if (parsed.success) return { ok: true, text: mailText(parsed.data, mail.kind, mail.number), texts: parsed.data }
  return { ok: false, complaints: parsed.error.issues.flatMap((issue) => complaintsOf(issue, mail)) }
}

type Issue = Parameters<typeof ruleOf>[0] & { path: PropertyKey[] }

/** What another mail has to complain of is that this one has taken its subject. */
function complaintsOf(issue: Issue, mail: NamedMail): Complaint[] {
  const own = pathOf(mail)
  const isOwn = own.every((key, at) => issue.path[at] === key)
  const [part, ...inside] = isOwn ? issue.path.slice(own.length) : ['subject', issue.path.at(-1)]
  const language = inside.at(-1)
  const paragraph = part === 'text' && typeof inside[0] === 'number' ? inside[0] + 1 : undefined
  const concerned = LANGUAGES.filter((one) => !isLanguage(String(language)) || one === language)
  return concerned.map((one) => ({
    field: fieldOf(part as Part, one),
    ...(ruleOf(issue) ?? shapeOf(issue)),
    paragraph,
  }))
}

const shapeOf = ({ code }: Issue): Pick<Complaint, 'rule' | 'values'> =>
  code === 'too_big' ? { rule: 'paragraphs', values: { most: MOST_PARAGRAPHS } } : { rule: 'empty' }

/** How many characters a field has once it is filled in, and how many it may have. */
export const countedIn = (part: Part, entered: string): { length: number; most: number } => ({
  length: filledLength(part === 'text' ? paragraphsIn(entered).join('\n') : entered.trim()),
  most: MOST_CHARACTERS[part],
})

/** A part that says something else in one language. */
export type TextChange = { part: Part; language: Language; before: string; after: string }

/** What is said otherwise in a text than in the one before it. */
export const changesBetween = (before: MailText, after: MailText): TextChange[] =>
  partsOf(after).flatMap((part) =>
    LANGUAGES.map((language) => ({
      part,
      language,
      before: sayPart(before, part, language),
      after: sayPart(after, part, language),
    })).filter((change) => change.before !== change.after),
  )

/** Whether two texts say the same in both languages. */
export const saysTheSame = (one: MailText, other: MailText): boolean => changesBetween(one, other).length === 0
