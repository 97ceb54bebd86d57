// The links in a mail: to the questionnaire of its case, and to the end of all mail to its member.
import type { LinkSubject } from '../platform/tokens.ts'

export type MailLink = { subject: LinkSubject; expiresAt: Temporal.Instant | null }

/** Both links of a mail about a case; the first is good for as long as the case may be answered. */
export const mailLinks = (of: {
  case_id: string
  member_id: string
  closes_at: Temporal.Instant
}): [survey: MailLink, stop: MailLink] => [
  { subject: { purpose: 'survey', subjectId: of.case_id, generation: 1 }, expiresAt: of.closes_at },
  { subject: { purpose: 'stop', subjectId: of.member_id, generation: 1 }, expiresAt: null },
]

/** What stands for a token in a mail that is only looked at: as long as one, in both languages; no token looks like it. */
export const OPENS_NOTHING = 'apercu-ce-lien-n-ouvre-rien_this-link-opens-nothing'
