// What may be shown of what somebody wrote: one line that says nothing to a terminal, and no way to reach anybody. It
// knows neither who wrote nor what else they answered.

const MARKS = { email: '[e-mail address]', telephone: '[telephone number]' } as const

/**
 * A text on one line, without control characters and other signs that nobody sees; e-mail addresses, names on networks
 * (@somebody) and telephone numbers give way to a mark. Empty when nothing is left.
 */
export const presentable = (text: string): string => withoutContacts(onOneLine(text))

/** Format characters go before anything is looked for, so that none of them hides an address; two join letters and stay. */
const onOneLine = (text: string): string =>
  text
    .replace(/(?![\u200C\u200D])\p{Cf}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()

/** An address with its sign written out or set apart: “ana (at) example [dot] org”, “ana @ example.org”. */
const SPELT =
  /[\p{L}\p{N}._%+-]+ ?(?:[@＠]|[([] ?(?:at|arobase) ?[)\]]|(?<= )arobase(?= )) ?[\p{L}\p{N}-]+(?:(?:\.| ?[([] ?(?:dot|point) ?[)\]] ?| (?:dot|point) )[\p{L}\p{N}-]+)+/giu
/** Whatever has the sign in it. */
const SIGNED = /[^\s<>()[\]{},;:"«»]*[@＠][^\s<>()[\]{},;:"«»]*[\p{L}\p{N}]/gu

/** Eight digits and more, however they are grouped, or seven after a +: rather a number too many than one too few. */
const TELEPHONE = /[+＋]?\(?\p{Nd}(?:[ ./()·\p{Pd}]{0,3}\p{Nd}){7,}|[+＋]\(?\p{Nd}(?:[ ./()·\p{Pd}]{0,3}\p{Nd}){6,}/gu
/** What has eight digits and is no telephone number: a day, or two years. */
const DATE =
  /^(?:\d{1,2}[ ./\p{Pd}]{1,3}\d{1,2}[ ./\p{Pd}]{1,3}(?:19|20)\d{2}|(?:19|20)\d{2}[./\p{Pd}]\d{1,2}[./\p{Pd}]\d{1,2}|(?:19|20)\d{2}[ ./\p{Pd}]{1,3}(?:19|20)\d{2})$/u

const withoutContacts = (text: string): string =>
  text
    .replace(SPELT, MARKS.email)
    .replace(SIGNED, MARKS.email)
    .replace(TELEPHONE, (digits) => (DATE.test(digits) ? digits : MARKS.telephone))
