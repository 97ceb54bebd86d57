// Which mails of the plan are looked at, how many there are of each kind of reason, and the same as a file. Pure.
import { csvOf } from '../platform/csv.ts'
import { type Language, type WordKey, wordsIn } from '../platform/i18n.ts'
import { safeDate } from '../platform/safe.ts'
import type { ListedMail } from '../waves/list-mails.actions.ts'
import { STATES, sayBecause, sayMail, sayState } from './mail-words.ts'

/** How many mails stand on one page. */
export const MAILS_PER_PAGE = 200

/** What was asked for, as it was typed or chosen. */
export type MailsAsked = { from: string; to: string; wave: string; cohort: string; state: string }

export type MailsProblem = { field: 'from' | 'to'; wrong: 'day' | 'order' | 'long' }

export type MailsWanted = {
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  wave: string | undefined
  isWanted(mail: ListedMail): boolean
}

export type ReadMails = { ok: true; wanted: MailsWanted } | { ok: false; problems: MailsProblem[] }

/** What is shown when nothing is asked for: three months from today. */
export const usualDays = (today: Temporal.PlainDate): { from: string; to: string } => ({
  from: today.toString(),
  to: today.add({ months: 3 }).toString(),
})

const LONGEST = { years: 1 }

/** The days and choices of a question, or what is wrong with them. */
export function readMails({ from, to, wave, cohort, state }: MailsAsked): ReadMails {
  const [first, last] = [safeDate.safeParse(from.trim()), safeDate.safeParse(to.trim())]
  if (!first.success || !last.success)
    return {
      ok: false,
      problems: [
        ...(first.success ? [] : [{ field: 'from', wrong: 'day' } as const]),
        ...(last.success ? [] : [{ field: 'to', wrong: 'day' } as const]),
      ],
    }
  const compare = Temporal.PlainDate.compare
  if (compare(last.data, first.data) < 0) return { ok: false, problems: [{ field: 'to', wrong: 'order' }] }
  if (compare(last.data, first.data.add(LONGEST)) > 0) return { ok: false, problems: [{ field: 'to', wrong: 'long' }] }
  return {
    ok: true,
    wanted: {
      from: first.data,
      to: last.data,
      wave: wave === '' ? undefined : wave,
      isWanted: (mail) => (cohort === '' || mail.cohort === cohort) && (state === '' || mail.state === state),
    },
  }
}

/** How many mails stand in a way, for a reason. */
export type MailCount = { state: ListedMail['state']; because: string | null; count: number }

/** By state, and for each the most frequent reason first. */
export function countMails(mails: readonly ListedMail[]): MailCount[] {
  const counts = [...Map.groupBy(mails, ({ state, because }) => `${state} ${because ?? ''}`).values()].map((some) => ({
    state: some[0]!.state,
    because: some[0]!.because,
    count: some.length,
  }))
  return counts.toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.count - a.count)
}

/** Why a mail does not go, and what else is to be known of it. */
export const sayRemarks = (language: Language, { because, returnUnknown }: ListedMail): string[] => {
  const t = wordsIn(language)
  return [...(because === null ? [] : [sayBecause(t, because)]), ...(returnUnknown ? [t('mails.returnUnknown')] : [])]
}

const HEADINGS: readonly WordKey[] = [
  'mails.head.day',
  'mails.head.hour',
  'mails.head.zone',
  'mails.head.person',
  'members.head.cohort',
  'impact.wave',
  'mails.head.mail',
  'mails.head.state',
  'mails.head.because',
]

/** All of them as a table for spreadsheets, in their reader's language; nobody is named. */
export function mailsCsv(mails: readonly ListedMail[], language: Language): string {
  const t = wordsIn(language)
  const lines = mails.map((mail) => {
    const local = mail.at.toZonedDateTimeISO(mail.timeZone)
    return [
      local.toPlainDate().toString(),
      local.toPlainTime().toString().slice(0, 5),
      mail.timeZone,
      mail.person,
      mail.cohort,
      mail.wave,
      sayMail(t, mail),
      sayState(t, mail.state),
      sayRemarks(language, mail).join(' ; '),
    ]
  })
  return csvOf([HEADINGS.map((heading) => t(heading)), ...lines])
}
