// What holds mail back, what to look at before letting it go, and why somebody is not written to now or gets no more time,
// in words. Pure.
import type { Cause } from '../mailings/delivery.ts'
import type { WordKey, Words } from '../platform/i18n.ts'
import type { NoExtension } from './extension.ts'
import { sayBecause } from './mail-words.ts'
import type { NotNow } from './send-now.ts'

const CHECKS: Record<Cause, WordKey> = {
  stopped: 'control.check.stopped',
  environment: 'control.check.environment',
  restored: 'control.check.restored',
  absence: 'control.check.absence',
  storm: 'control.check.storm',
  canary: 'control.check.canary',
  ours: 'control.check.ours',
  failures: 'control.check.failures',
  bounces: 'control.check.bounces',
  complaints: 'control.check.complaints',
}

/** What to look at before letting go of what a cause holds. */
export const sayCheck = (t: Words, cause: Cause): string => t(CHECKS[cause])

const NOT_NOW: Partial<Record<NotNow, WordKey>> = {
  'on its way': 'control.not.owed',
  'written to today': 'control.not.today',
  'last call only': 'control.not.lastCall',
  'no sooner': 'control.not.sooner',
}

/** Why somebody is not written to out of turn. */
export function sayNotNow(t: Words, because: NotNow): string {
  const key = NOT_NOW[because]
  return key ? t(key) : sayBecause(t, because)
}

const NOT_LATER: Partial<Record<NoExtension, WordKey>> = {
  'unknown member': 'control.late.unknown',
  'not planned': 'control.late.notPlanned',
  'not later': 'control.late.notLater',
  'next wave': 'control.late.nextWave',
  'too long': 'control.late.tooLong',
}

/** Why a case is not given more time. */
export function sayNoExtension(t: Words, because: NoExtension): string {
  const key = NOT_LATER[because]
  return key ? t(key) : sayBecause(t, because)
}
