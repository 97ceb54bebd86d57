// The words of mails as a programme has changed them: each changed mail by its name, laid over the words of the file. Pure.
import { type MailText, MailTextFile, type MailTexts, type TextKind } from './mail-texts.ts'

/** Changed mails by their names; every other says what the file says. */
export type SavedTexts = Readonly<Record<string, MailText>>

/** What the mails of a programme say: which version of its words that is, the changed ones, and all of them together. */
export type ProgrammeTexts = {
  version: number
  saved: SavedTexts
  texts: MailTexts
  /** Whether the saved words are passed over, because with the file as it is now they no longer keep the rules. */
  passedOver: boolean
}

/** A mail that has words of its own: `name` is how addresses and rows call it, such as `invitation` and `reminder-2`. */
export type NamedMail = { name: string; kind: TextKind; number: number }

/** Every mail that has words, in the order of the file. */
export const mailsIn = (texts: MailTexts): NamedMail[] =>
  (Object.keys(texts) as TextKind[]).flatMap((kind): NamedMail[] =>
    kind === 'reminder'
      ? texts.reminder.map((_, index) => ({ name: `reminder-${index + 1}`, kind, number: index + 1 }))
      : [{ name: kind, kind, number: 1 }],
  )

export const findMail = (texts: MailTexts, name: string): NamedMail | undefined =>
  mailsIn(texts).find((mail) => mail.name === name)

/** Where the words of a mail stand among all of them. */
export const pathOf = ({ kind, number }: NamedMail): (string | number)[] =>
  kind === 'reminder' ? [kind, number - 1] : [kind]

/** What the file and the changed mails say together, not checked; a mail that the file does not have is left out. */
export function laidOver(file: MailTexts, saved: Readonly<Record<string, unknown>>): Record<TextKind, unknown> {
  const said = (name: string, otherwise: unknown) => (Object.hasOwn(saved, name) ? saved[name] : otherwise)
  const kinds = Object.entries(file).map(([kind, text]) => [
    kind,
    Array.isArray(text) ? text.map((one, index) => said(`${kind}-${index + 1}`, one)) : said(kind, text),
  ])
  return Object.fromEntries(kinds)
}

/** What is in force of a version as it was stored: the file alone when the two do not go together. */
export function textsInForce(
  file: MailTexts,
  { version, content }: { version: number; content: object },
): ProgrammeTexts {
  const parsed = MailTextFile.safeParse(laidOver(file, content as Record<string, unknown>))
  if (!parsed.success) return { version, saved: {}, texts: file, passedOver: true }
  return { version, saved: content as SavedTexts, texts: parsed.data, passedOver: false }
}
