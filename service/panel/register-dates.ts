// Reads a date in any form in which a spreadsheet saves one; must not guess, and must not know what a register is.
import { safeDate } from '../platform/safe.ts'

/** The days spreadsheets count to dates a mission may have, 1980 to 2099: other whole numbers are no dates. */
const SERIALS = { first: 29_221, last: 73_050 }
/** Day 0 as spreadsheets count after February 1900, which they give a 29th. */
const DAY_ZERO = Temporal.PlainDate.from('1899-12-30')

/** A day may come with the midnight it begins at: any other hour could be another day elsewhere. */
const MIDNIGHT = '00:00(?::00(?:\\.0+)?)?'
const YEAR_FIRST = new RegExp(`^(\\d{4}-\\d{2}-\\d{2})(?:[T ]${MIDNIGHT}Z?)?$`)
const DAY_FIRST = new RegExp(`^(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4})(?: ${MIDNIGHT})?$`)

/** The date a cell holds: year first, day first, or a spreadsheet's serial number; null when it is none of these. */
export function readDate(text: string): Temporal.PlainDate | null {
  if (/^\d{5}$/.test(text)) return fromSerial(Number(text))
  const [, yearFirst] = YEAR_FIRST.exec(text) ?? []
  return safeDate.safeParse(yearFirst ?? fromDayFirst(text)).data ?? null
}

function fromDayFirst(text: string): string {
  const [, day = '', , month = '', year = ''] = DAY_FIRST.exec(text) ?? []
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

const fromSerial = (serial: number): Temporal.PlainDate | null =>
  serial >= SERIALS.first && serial <= SERIALS.last ? DAY_ZERO.add({ days: serial }) : null
