// What waves and everything after them are handed: the platform, and all that surveys/ says.
import type { Bank, Instrument } from '../instruments/instrument.ts'
import type { Frame } from '../panel/frame.ts'
import type { Platform } from '../platform/deps.ts'
import type { Bilingual } from '../platform/i18n.ts'
import type { MailTexts } from './mail-texts.ts'
import { findWave, type Plan, type Wave } from './plan.ts'
import type { ProgrammeTexts } from './saved-texts.ts'

/**
 * All that surveys/ says, read and checked once at start; of the plans, those in force, which `refreshPlans` keeps so.
 * `programmeTexts`: the words of mails for each programme that has changed any, which `refreshTexts` keeps in force.
 */
export type Surveys = {
  frame: Frame
  bank: Bank
  plans: Map<string, Plan>
  mailTexts: MailTexts
  programmeTexts: Map<string, ProgrammeTexts>
}

export type Deps = Platform & Surveys

/** The plan a programme follows; throws when it is unknown, because surveys/ is checked at start. */
export function planOf({ frame, plans }: Pick<Surveys, 'frame' | 'plans'>, programme: string): Plan {
  const name = frame.programmes.find((one) => one.programme === programme)?.plan
  const plan = name === undefined ? undefined : plans.get(name)
  if (!plan) throw new Error(`programme ${programme} is not configured`)
  return plan
}

/** A wave of a programme with what it asks, or undefined while it has no instrument or once the plan has lost it. */
export function askedIn(
  surveys: Pick<Surveys, 'frame' | 'bank' | 'plans'>,
  programme: string,
  name: string,
): { wave: Wave; instrument: Instrument } | undefined {
  const wave = findWave(planOf(surveys, programme), name)
  const instrument = wave && surveys.bank.instruments.get(wave.instrument)
  return instrument && { wave, instrument }
}

/** What a wave of a programme is called; its code once the plan has lost it. */
export const waveName = (surveys: Pick<Surveys, 'frame' | 'plans'>, programme: string, wave: string): Bilingual =>
  findWave(planOf(surveys, programme), wave)?.name ?? { fr: wave, en: wave }

/** What the mails of a programme say now: its own words, and those of the file where it has none. */
export const mailTextsOf = (
  { mailTexts, programmeTexts }: Pick<Surveys, 'mailTexts' | 'programmeTexts'>,
  programme: string,
): MailTexts => programmeTexts.get(programme)?.texts ?? mailTexts
