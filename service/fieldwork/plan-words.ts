// What a wave plan says, setting by setting, in its readers' words, and what one plan says otherwise than another. Pure.
import {
  type Language,
  sayDayOfWeek,
  sayList,
  sayMonthDay,
  sayNumber,
  type WordKey,
  type Words,
  wordsIn,
} from '../platform/i18n.ts'
import { findWave, type LateEnrolment, type Plan, type Wave } from '../waves/plan.ts'

/** `key` tells which setting it is, in every plan. */
export type Setting = { key: string; label: string; value: string }

/** Null stands for a setting that one of the plans does without. */
export type SettingChange = { label: string; from: string | null; to: string | null }

/** Everything a plan says, but for its name. */
export function settingsOf(plan: Plan, language: Language): Setting[] {
  return [...generalSettings(plan, language), ...plan.waves.flatMap((wave) => waveSettings(wave, language))]
}

/** What `after` says otherwise than `before`, in the order of the form; a wave that comes or goes is one change. */
export function settingChanges(before: Plan, after: Plan, language: Language): SettingChange[] {
  const waves = [...new Set([...before.waves, ...after.waves].map(({ wave }) => wave))]
  return [
    ...differences(generalSettings(before, language), generalSettings(after, language)),
    ...waves.flatMap((name) => waveChanges(findWave(before, name), findWave(after, name), language)),
  ]
}

function differences(before: readonly Setting[], after: readonly Setting[]): SettingChange[] {
  const [was, is] = [before, after].map((settings) => new Map(settings.map((one) => [one.key, one]))) as [
    Map<string, Setting>,
    Map<string, Setting>,
  ]
  // A setting that has gone is told where it stood, before those that have come.
  const keys = [...new Set([...was.keys(), ...is.keys()])]
  return keys
    .map((key) => ({
      label: (is.get(key) ?? was.get(key)!).label,
      from: was.get(key)?.value ?? null,
      to: is.get(key)?.value ?? null,
    }))
    .filter(({ from, to }) => from !== to)
}

function waveChanges(before: Wave | undefined, after: Wave | undefined, language: Language): SettingChange[] {
  if (before && after) return differences(waveSettings(before, language), waveSettings(after, language))
  const t = wordsIn(language)
  const whole = (wave: Wave | undefined) =>
    wave
      ? t('plan.value.waveWhole', {
          name: wave.name[language],
          opens: sayOpening(wave, language),
          closes: sayClosing(wave, language),
        })
      : null
  const label = t('plan.wave', { wave: (after ?? before)!.wave })
  return [{ label, from: whole(before), to: whole(after) }]
}

const LATE: Record<LateEnrolment, WordKey> = {
  'next due wave': 'plan.lateEnrolled.next',
  'latest missed wave': 'plan.lateEnrolled.latest',
  none: 'plan.lateEnrolled.none',
}

/** What is asked of somebody who is registered late, in words. */
export const sayLate = (t: Words, late: LateEnrolment): string => t(LATE[late])

function generalSettings(plan: Plan, language: Language): Setting[] {
  const t = wordsIn(language)
  const delay = (key: WordKey, length: Temporal.Duration) => t(key, { delay: sayDelay(length, language) })
  const { resume, thanks, contactUpdate, atMost, late } = plan
  const settings: (Setting | false)[] = [
    { key: 'sendAt', label: t('plan.sendAt'), value: plan.sendAt.toString({ smallestUnit: 'minute' }) },
    {
      key: 'openingDays',
      label: t('plan.openingDays'),
      value: sayList(
        [...new Set(plan.openingDays)].sort().map((day) => sayDayOfWeek(day, language)),
        language,
      ),
    },
    ...plan.blackouts.map(({ from, to }) => ({
      key: `blackout ${from} ${to}`,
      label: t('plan.blackouts'),
      value: t('plan.value.span', { from: sayYearly(from, language), to: sayYearly(to, language) }),
    })),
    ...remindersOf(plan).map((after, index) => ({
      key: `reminder ${index + 1}`,
      label: t('texts.mail.reminder', { number: index + 1 }),
      value: delay('plan.value.afterOpening', after),
    })),
    ...plan.contacts.flatMap((contact) =>
      contact.kind === 'lastCall'
        ? { key: 'lastCall', label: t('plan.lastCall'), value: delay('plan.value.beforeClose', contact.before) }
        : [],
    ),
    resume !== undefined && {
      key: 'resume',
      label: t('plan.resume'),
      value: delay('plan.value.afterBeginning', resume.after),
    },
    thanks !== undefined && {
      key: 'thanks',
      label: t('texts.mail.thanks'),
      value: delay('plan.value.afterAnswer', thanks.after),
    },
    contactUpdate !== undefined && {
      key: 'contactUpdate.before',
      label: t('plan.contactUpdate.before'),
      value: delay('plan.value.beforeOpening', contactUpdate.before),
    },
    contactUpdate !== undefined && {
      key: 'contactUpdate.apart',
      label: t('plan.contactUpdate.apart'),
      value: delay('plan.value.apart', contactUpdate.apart),
    },
    { key: 'perWave', label: t('plan.perWave'), value: String(atMost.perWave) },
    { key: 'per24Hours', label: t('plan.per24Hours'), value: String(atMost.per24Hours) },
    { key: 'late.invitation', label: t('plan.lateInvitation'), value: sayShare(late.invitation, language) },
    { key: 'late.enrolled', label: t('plan.lateEnrolled'), value: sayLate(t, late.enrolled) },
    { key: 'baseline', label: t('plan.baseline'), value: sayWave(plan, plan.baseline, language) },
  ]
  return settings.filter((setting) => setting !== false)
}

/** How long after the opening each reminder goes. */
export const remindersOf = ({ contacts }: Pick<Plan, 'contacts'>): Temporal.Duration[] =>
  contacts.flatMap((contact) => (contact.kind === 'reminder' ? [contact.after] : []))

const sayWave = (plan: Plan, wave: string, language: Language): string =>
  wordsIn(language)('plan.value.wave', { wave, name: findWave(plan, wave)?.name[language] ?? wave })

function waveSettings(wave: Wave, language: Language): Setting[] {
  const t = wordsIn(language)
  const setting = (key: string, label: WordKey, value: string): Setting => ({
    key: `${wave.wave} ${key}`,
    label: t('plan.wave.setting', { wave: wave.wave, setting: t(label) }),
    value,
  })
  return [
    setting('name.fr', 'plan.wave.nameFr', wave.name.fr),
    setting('name.en', 'plan.wave.nameEn', wave.name.en),
    setting('instrument', 'plan.wave.instrument', wave.instrument || t('plan.wave.instrument.none')),
    setting('opens', 'plan.wave.opens', sayOpening(wave, language)),
    setting('closes', 'plan.wave.closes', t('plan.value.until', { end: sayClosing(wave, language) })),
    setting('expectedResponse', 'plan.wave.expectedResponse', sayShare(wave.expectedResponse, language)),
  ]
}

const OPENINGS: Record<Wave['anchor'], { before: WordKey; after: WordKey }> = {
  departure: { before: 'plan.value.beforeDeparture', after: 'plan.value.afterDeparture' },
  return: { before: 'plan.value.beforeReturn', after: 'plan.value.afterReturn' },
}

function sayOpening({ anchor, opens }: Wave, language: Language): string {
  const key = OPENINGS[anchor][opens.sign < 0 ? 'before' : 'after']
  return wordsIn(language)(key, { delay: sayDelay(opens.abs(), language) })
}

function sayClosing({ closes }: Wave, language: Language): string {
  const key = closes.after === 'opening' ? 'plan.value.afterOpening' : 'plan.value.afterDeparture'
  return wordsIn(language)(key, { delay: sayDelay(Temporal.Duration.from({ days: closes.days }), language) })
}

/** A length of time in months and days: « 2 mois et 15 jours », “11 days”; weeks and years are as many of these. */
export function sayDelay(duration: Temporal.Duration, language: Language): string {
  const t = wordsIn(language)
  const { months, days } = monthsAndDays(duration)
  const parts = [
    ...(months === 0 ? [] : [months === 1 ? t('delay.month') : t('delay.months', { number: months })]),
    ...(days === 0 && months !== 0 ? [] : [days === 1 ? t('delay.day') : t('delay.days', { number: days })]),
  ]
  return sayList(parts, language)
}

/** A duration in the units that people count in; it adds to every date what the duration itself does. */
export const monthsAndDays = ({ years, months, weeks, days }: Temporal.Duration): { months: number; days: number } => ({
  months: 12 * years + months,
  days: 7 * weeks + days,
})

function sayYearly(monthDay: string, language: Language): string {
  const [month, day] = monthDay.split('-').map(Number)
  return sayMonthDay({ month: month!, day: day! }, language)
}

/** A share as the digits of its per cent, exactly: 0.055 is 5.5. */
export function percentOf(share: number): string {
  const [whole = '', decimals = ''] = String(share).split('.')
  const shifted = `${whole}${decimals.padEnd(2, '0').slice(0, 2)}.${decimals.slice(2)}`
  return shifted.replace(/^0+(?=\d)/, '').replace(/\.$/, '')
}

function sayShare(share: number, language: Language): string {
  const percent = percentOf(share)
  const decimals = percent.split('.')[1]?.length ?? 0
  return wordsIn(language)('plan.value.percent', { number: sayNumber(Number(percent), language, decimals) })
}
