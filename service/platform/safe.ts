// What any text, date or number from outside must be before it may go further: PostgreSQL and people agree on these.
import { z } from 'zod'

/** Text PostgreSQL can store: no NUL, no lone surrogate. */
export const safeText = z
  .string()
  .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'unreadable characters')

/** An e-mail address, of no more characters than a server takes (RFC 5321, 4.5.3.1.3). */
export const emailAddress = z.email().max(254)

/** A calendar date, YYYY-MM-DD, between 1900 and 2200. */
export const safeDate = z.string().transform((text, context) => {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseDate(text) : null
  if (date && date.year >= 1900 && date.year <= 2200) return date
  context.addIssue({ code: 'custom', message: 'not a date' })
  return z.NEVER
})

/** A date that exists, or null. */
export function parseDate(text: string): Temporal.PlainDate | null {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    return null
  }
}

/** Whether a name is a time zone of the IANA database (not a fixed offset). */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
