// When the next wave comes, as a calendar file (RFC 5545) that names nobody.
import ical, { ICalCalendarMethod } from 'ical-generator'
import type { Programme } from '../panel/frame.ts'
import { type Language, wordsIn } from '../platform/i18n.ts'

export type NextWave = {
  opensOn: Temporal.PlainDate
  wave: string
  programme: Programme
  language: Language
  baseUrl: string
  now: Temporal.Instant
}

/** One all-day event on the day the next wave opens. */
export function nextWaveCalendar({ opensOn, wave, programme, language, baseUrl, now }: NextWave): string {
  const t = wordsIn(language)
  const host = new URL(baseUrl).host
  const calendar = ical({ prodId: { company: 'Retour', product: 'Retour' }, method: ICalCalendarMethod.PUBLISH })
  calendar.createEvent({
    id: `${programme.programme}-${opensOn}@${host}`,
    stamp: now.toString(),
    start: opensOn.toString(),
    end: opensOn.add({ days: 1 }).toString(),
    allDay: true,
    summary: t('calendar.event', { programme: programme.name[language], wave }),
    description: t('calendar.event.text', { contact: programme.controller.contact }),
  })
  return calendar.toString()
}
